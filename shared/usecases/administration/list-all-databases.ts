import type { Database } from '../../domain/database.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { listAll } from '../list-all.ts';
import { type AgentOf, databaseOf } from './resolve-database.ts';

/** A page of the databases with backups; the last page ends in those that agents are configured for and that have none yet. */
export async function listAllDatabases(
  catalog: Pick<Catalog, 'agents' | 'databases' | 'mounts' | 'recoveryPoints' | 'stores'>,
  page: PageRequest,
): Promise<Page<Database> & { readonly agents: readonly AgentOf[] }> {
  const found = await catalog.databases.list(page);
  return { ...found, agents: found.cursor === undefined ? await listNewDatabases(catalog) : [] };
}

/** Those that agents of stores in use are configured for, and that have no backup yet. */
export async function listNewDatabases(
  catalog: Parameters<typeof listAllDatabases>[0],
): Promise<readonly AgentOf[]> {
  const found: AgentOf[] = [];
  for (const { storeId, state } of await listAll((page) => catalog.stores.list(page))) {
    if (state === 'decommissioned') continue;
    for (const agent of await catalog.agents.of(storeId)) {
      if ((await databaseOf(catalog, agent)) === undefined) found.push({ ...agent, storeId });
    }
  }
  return found;
}
