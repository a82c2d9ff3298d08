import { databaseName } from '../../domain/administration/backup-identity.ts';
import type { Database } from '../../domain/database.ts';
import { toMillis } from '../../domain/instant.ts';
import { ServiceError } from '../../errors.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import { listNewDatabases } from '../administration/list-all-databases.ts';
import { type AgentOf, agentId, agentsOf, resolveDatabase } from '../administration/resolve-database.ts';
import {
  createMountReader,
  type DatabaseReport,
  type ReportDependencies,
  reportDatabase,
} from './report-database.ts';

/** A database of which nothing can be reported now; the others are. */
interface FailedReport {
  readonly databaseId: string;
  readonly name: string;
  readonly error: 'Error getting information.';
}

interface Listed {
  readonly database?: Database;
  readonly agents: () => Promise<readonly AgentOf[]>;
  readonly databaseId: string;
  readonly name: string;
  /** The list goes on after it with this. */
  readonly cursor: string;
}

/** A page ends then: API Gateway waits for 29 seconds, and one report of a large mount takes some. */
const pageMillis = 10_000;

/** The report of one database. Throws DATABASE_NOT_FOUND. */
export async function showReport(dependencies: ReportDependencies, id: string): Promise<DatabaseReport> {
  const resolved = await resolveDatabase(dependencies.catalog, id);
  return reportDatabase(dependencies, createMountReader(dependencies.catalog), resolved);
}

/**
 * Reports of databases in the order of their ids, then of those that only agents know, page by page. One that fails is told of and the
 * rest goes on.
 */
export async function listReports(
  dependencies: ReportDependencies & {
    readonly onError: (databaseId: string, error: unknown) => void;
  },
  { limit, cursor }: PageRequest,
): Promise<Page<DatabaseReport | FailedReport>> {
  const { catalog, clock, onError } = dependencies;
  const readMount = createMountReader(catalog);
  const until = toMillis(clock.now()) + pageMillis;
  const items: (DatabaseReport | FailedReport)[] = [];
  for await (const { database, agents, databaseId, name, cursor: next } of databasesAfter(catalog, cursor)) {
    try {
      items.push(await reportDatabase(dependencies, readMount, { database, agents: await agents() }));
    } catch (error) {
      onError(databaseId, error);
      items.push({ databaseId, name, error: 'Error getting information.' });
    }
    if (items.length === limit || toMillis(clock.now()) >= until) return { items, cursor: next };
  }
  return { items };
}

/** A cursor is that of the catalog's list, or the last id among those that agents alone know. */
async function* databasesAfter(
  catalog: ReportDependencies['catalog'],
  cursor: string | undefined,
): AsyncGenerator<Listed> {
  const [, kind, rest] = /^(database|agent)-(.*)$/s.exec(cursor ?? 'database-') ?? [];
  if (kind === undefined || rest === undefined) {
    throw new ServiceError('PAGE_CURSOR_INVALID', 'the cursor is not one of this list');
  }
  if (kind === 'database') yield* withBackups(catalog, rest);
  const after = kind === 'agent' ? Buffer.from(rest, 'base64url').toString('utf8') : '';
  const agents = (await listNewDatabases(catalog)).map((agent) => ({ agent, id: agentId(agent) }));
  agents.sort((one, other) => (one.id < other.id ? -1 : 1));
  for (const { agent, id } of agents.filter((each) => each.id > after)) {
    yield {
      agents: async () => [agent],
      ...{ databaseId: id, name: agent.name, cursor: `agent-${Buffer.from(id).toString('base64url')}` },
    };
  }
}

/** One at a time: a page may end after any of them. */
async function* withBackups(catalog: ReportDependencies['catalog'], after: string): AsyncGenerator<Listed> {
  let cursor = after === '' ? undefined : after;
  do {
    const page = await catalog.databases.list({ limit: 1, ...(cursor !== undefined && { cursor }) });
    cursor = page.cursor;
    for (const database of page.items) {
      const { databaseId } = database;
      yield {
        database,
        agents: () => agentsOf(catalog, database),
        ...{ databaseId, name: databaseName(database) },
        cursor: cursor === undefined ? 'agent-' : `database-${cursor}`,
      };
    }
  } while (cursor !== undefined);
}
