import type { Caller } from '../../domain/access.ts';
import type { AgentDatabase } from '../../domain/backup-request.ts';
import { idPatterns, type MountId, type StoreId } from '../../domain/ids.ts';
import type { Mount } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { findMount } from '../access/find-owned.ts';
import { agentId } from '../administration/resolve-database.ts';

/** What Trove calls an instance: a mount, or one database of the agent that backs up to it. */
export interface Instance {
  readonly mount: Mount;
  /** Absent: all that is on the mount. */
  readonly database?: string;
}

/** An instance by the id of a mount, or by `sto-….NAME`. Throws INSTANCE_NOT_FOUND. */
export async function findInstance(
  catalog: Pick<Catalog, 'agents' | 'mounts'>,
  caller: Caller,
  id: string,
): Promise<Instance> {
  if (idPatterns.mount.test(id)) return { mount: await findMount(catalog, caller, id as MountId) };
  const dot = id.indexOf('.');
  const storeId = id.slice(0, dot) as StoreId;
  const database = id.slice(dot + 1);
  const agent = (await catalog.agents.of(storeId)).find(({ name }) => name === database);
  if (agent === undefined) {
    throw new ServiceError('DATABASE_NOT_FOUND', `no agent of store ${storeId} has a database ${database}`);
  }
  return { mount: await findMount(catalog, caller, agent.mountId), database };
}

/** The database of an instance that a backup is made of: one request makes one. Throws DATABASE_NOT_CONFIGURED, BACKUP_AMBIGUOUS. */
export async function databaseOfInstance(
  { agents }: Pick<Catalog, 'agents'>,
  { mount: { mountId, storeId }, database }: Instance,
): Promise<string> {
  if (database !== undefined) return database;
  const onMount = (await agents.of(storeId)).filter((agent: AgentDatabase) => agent.mountId === mountId);
  const [only, ...others] = onMount;
  if (only === undefined) {
    throw new ServiceError(
      'DATABASE_NOT_CONFIGURED',
      `the gateway of store ${storeId} has no database on mount ${mountId}`,
    );
  }
  if (others.length === 0) return only.name;
  const ids = onMount.map(({ name }) => agentId({ storeId, name }));
  throw new ServiceError('BACKUP_AMBIGUOUS', `instance ${mountId} has several databases: ${ids.join(', ')}`, {
    details: { ids },
    hint: 'Give one of these ids as the instance: a backup is of one database.',
  });
}
