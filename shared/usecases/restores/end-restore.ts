import type { RestoreId } from '../../domain/ids.ts';
import { leaseFrom, parseLease } from '../../domain/lease.ts';
import type { Restore, RestoreDamage, RestoreProgress } from '../../domain/restore.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Events } from '../../ports/events.ts';

export type RestoreEnd =
  | { readonly state: 'completed'; readonly progress: RestoreProgress }
  | {
      readonly state: 'completed-with-damage';
      readonly progress: RestoreProgress;
      readonly damage?: RestoreDamage;
    }
  | { readonly state: 'cancelled'; readonly reason?: string; readonly progress?: RestoreProgress }
  | { readonly state: 'failed'; readonly reason: string };

/** Records how a restore ended, drops its pin and its command or begins the lease of what is staged, and announces it. The first end stands. */
export async function endRestore(
  { catalog, clock, events }: { catalog: Pick<Catalog, 'restores'>; clock: Clock; events: Events },
  input: { restoreId: RestoreId; end: RestoreEnd },
): Promise<Restore> {
  const restore = await find(catalog, input.restoreId);
  const at = clock.now();
  const isThere = input.end.state === 'completed' || input.end.state === 'completed-with-damage';
  const lease = isThere && restore.lease !== undefined ? leaseFrom(at, parseLease(restore.lease)) : undefined;
  await catalog.restores.end(restore, { ...input.end, at, ...(lease && { lease }) });
  const ended = await find(catalog, input.restoreId);
  const { restoreId, jobId, mountId, state, reason } = ended;
  await events.publish({
    type: 'Restore Ended',
    restore: { restoreId, jobId, mountId, state, ...(reason !== undefined && { reason }) },
  });
  return ended;
}

async function find(catalog: Pick<Catalog, 'restores'>, restoreId: RestoreId): Promise<Restore> {
  const restore = await catalog.restores.find(restoreId);
  if (restore === undefined) throw new ServiceError('RESTORE_NOT_FOUND', `there is no restore ${restoreId}`);
  return restore;
}
