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

interface Dependencies {
  readonly catalog: Pick<Catalog, 'restores'>;
  readonly clock: Clock;
  readonly events: Events;
}

/** Records how a restore ended, drops its pin and its command or begins the lease of what is staged, and announces it. The first end stands. */
export async function endRestore(
  { catalog, clock, events }: Dependencies,
  input: { restoreId: RestoreId; end: RestoreEnd },
): Promise<Restore> {
  return endFound({ catalog, clock, events }, await findToEnd(catalog, input.restoreId), input.end);
}

/** As `endRestore`, of a restore that the caller has read: its lease, which never changes, is all that is taken from it. */
export async function endFound(
  { catalog, clock, events }: Dependencies,
  restore: Restore,
  end: RestoreEnd,
): Promise<Restore> {
  const at = clock.now();
  const isThere = end.state === 'completed' || end.state === 'completed-with-damage';
  const lease = isThere && restore.lease !== undefined ? leaseFrom(at, parseLease(restore.lease)) : undefined;
  await catalog.restores.end(restore, { ...end, at, ...(lease && { lease }) });
  const ended = await findToEnd(catalog, restore.restoreId);
  const { restoreId, jobId, mountId, state, reason } = ended;
  await events.publish({
    type: 'Restore Ended',
    restore: { restoreId, jobId, mountId, state, ...(reason !== undefined && { reason }) },
  });
  return ended;
}

/** Throws RESTORE_NOT_FOUND. */
export async function findToEnd(catalog: Pick<Catalog, 'restores'>, restoreId: RestoreId): Promise<Restore> {
  const restore = await catalog.restores.find(restoreId);
  if (restore === undefined) throw new ServiceError('RESTORE_NOT_FOUND', `there is no restore ${restoreId}`);
  return restore;
}
