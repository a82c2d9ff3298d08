import { isNamed } from '../../domain/administration/backup-identity.ts';
import type { AgentDatabase } from '../../domain/backup-request.ts';
import type { Database } from '../../domain/database.ts';
import type { StoreId } from '../../domain/ids.ts';
import type { Mount } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { findDatabase } from '../databases/list-databases.ts';

type Reading = Pick<Catalog, 'agents' | 'databases' | 'mounts' | 'recoveryPoints'>;

/** A database as the agent of a store knows it. */
export interface AgentOf extends AgentDatabase {
  readonly storeId: StoreId;
}

/** A database by one of its ids: what is known of its backups, and who makes them. */
interface ResolvedDatabase {
  /** Absent before its first backup. */
  readonly database?: Database;
  readonly agents: readonly AgentOf[];
}

/** `sto-….ORCL`: the id of a database that a store's agent knows, whether or not there is a backup of it. */
export const agentId = ({ storeId, name }: Pick<AgentOf, 'storeId' | 'name'>): string => `${storeId}.${name}`;

/** A database by its DBID, or by the id that its agent gives it. Throws DATABASE_NOT_FOUND. */
export async function resolveDatabase(catalog: Reading, id: string): Promise<ResolvedDatabase> {
  if (/^\d+$/.test(id)) {
    const database = await findDatabase(catalog, id);
    return { database, agents: await agentsOf(catalog, database) };
  }
  const dot = id.indexOf('.');
  const storeId = id.slice(0, dot) as StoreId;
  const agent = (await catalog.agents.of(storeId)).find(({ name }) => name === id.slice(dot + 1));
  if (agent === undefined) {
    throw new ServiceError(
      'DATABASE_NOT_FOUND',
      `no agent of store ${storeId} has a database ${id.slice(dot + 1)}`,
    );
  }
  const database = await databaseOf(catalog, agent);
  return { ...(database && { database }), agents: [{ ...agent, storeId }] };
}

/** The agents of the stores of its mounts that call a database by one of its names. */
export async function agentsOf(
  catalog: Pick<Catalog, 'agents' | 'mounts'>,
  database: Database,
): Promise<readonly AgentOf[]> {
  const found: AgentOf[] = [];
  for (const mountId of database.mountIds) {
    const mount = await catalog.mounts.find(mountId);
    if (mount === undefined || mount.state === 'gone') continue;
    const { storeId } = mount;
    const agents = await catalog.agents.of(storeId);
    const named = agents.filter((agent) => agent.mountId === mountId && isNamed(database, agent.name));
    found.push(...named.map((agent) => ({ ...agent, storeId })));
  }
  return found;
}

/** The database of that name among those of the newest point of its mount. */
export async function databaseOf(
  { databases, mounts, recoveryPoints }: Pick<Catalog, 'databases' | 'mounts' | 'recoveryPoints'>,
  { mountId, name }: AgentDatabase,
): Promise<Database | undefined> {
  const { headId }: Partial<Mount> = (await mounts.find(mountId)) ?? {};
  const head = headId && (await recoveryPoints.find(headId));
  for (const { dbid } of head?.judgement?.databases ?? []) {
    const database = await databases.find(dbid);
    if (database !== undefined && isNamed(database, name)) return database;
  }
  return undefined;
}

/** The one agent that makes backups of a database. Throws DATABASE_NOT_CONFIGURED, BACKUP_AMBIGUOUS. */
export function requireAgentOf({ database, agents }: ResolvedDatabase): AgentOf {
  const [agent, ...others] = agents;
  if (agent === undefined) {
    throw new ServiceError(
      'DATABASE_NOT_CONFIGURED',
      `no agent of the stores of database ${database?.databaseId} is configured for it`,
    );
  }
  if (others.length === 0) return agent;
  const ids = agents.map(agentId);
  throw new ServiceError(
    'BACKUP_AMBIGUOUS',
    `several agents make backups of this database: ${ids.join(', ')}`,
    {
      details: { ids },
      hint: 'Name the database by one of these ids in the place of its DBID.',
    },
  );
}
