import type { Caller } from '../../domain/access.ts';
import { expiresAt, parseExpire } from '../../domain/expire.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { findRecoveryPoint } from '../access/find-owned.ts';
import { requireJournalStored } from '../journal/require-journal-stored.ts';
import { changeLine, entryFor } from './change-line.ts';
import { decideGathered, type GatherDependencies, gatherMount } from './gather.ts';

export type ChangeDependencies = Omit<GatherDependencies, 'catalog' | 'vault'> & {
  readonly catalog: GatherDependencies['catalog'] & Pick<Catalog, 'outbox' | 'plans'>;
  readonly vault: GatherDependencies['vault'] & Pick<Vault, 'putOnce'>;
};

/**
 * Brings a point back that waits for its deletion. What the policy would let go again at once gets `never` as its own
 * expire, unless another one is given: whoever brings a point back wants to have it. One that is available stays as it is.
 * Throws RECOVERY_POINT_NOT_FOUND, RECOVERY_POINT_STATE_CONFLICT, EXPIRE_INVALID.
 */
export async function undeletePoint(
  dependencies: ChangeDependencies,
  caller: Caller,
  { recoveryPointId, expire }: { readonly recoveryPointId: UploadId; readonly expire?: string | undefined },
): Promise<RecoveryPoint> {
  const { catalog, clock } = dependencies;
  if (expire !== undefined) parseExpire(expire);
  const { mountId } = await findRecoveryPoint(catalog, caller, recoveryPointId);
  const stored = await changeLine(catalog, mountId, async () => {
    const { mount, records, points, ...rest } = await gatherMount(dependencies, mountId);
    const point = records.get(recoveryPointId);
    if (point === undefined) throw gone(recoveryPointId);
    if (point.state === 'available') return mount.journal.number;
    const unasked = points.map(({ deletionRequested: _, ...each }) => each);
    const isDue = decideGathered({ ...rest, points: unasked }).get(recoveryPointId)?.keep === false;
    const text = expire ?? (isDue ? 'never' : undefined);
    const own = text === undefined ? undefined : ownExpire(point, text);
    const at = clock.now();
    const by = caller.credentialId;
    const entry = entryFor(mount, {
      ...{ at, kind: 'recovery-point-undeleted' },
      data: { recoveryPointId, ...own, by },
    });
    const change = { ...(own && { own }), dueAt: at, entry };
    const outcome = await catalog.recoveryPoints.undelete(mount, recoveryPointId, change);
    return outcome === 'conflict' ? outcome : entry.number;
  });
  await requireJournalStored(dependencies, mountId, stored);
  return findRecoveryPoint(catalog, caller, recoveryPointId);
}

/** An expire given for one point, with what it comes to. */
export const ownExpire = ({ committedAt }: Pick<RecoveryPoint, 'committedAt'>, expire: string) => ({
  expire,
  expiresAt: expiresAt(committedAt, parseExpire(expire)),
});

const gone = (recoveryPointId: UploadId) =>
  new ServiceError(
    'RECOVERY_POINT_STATE_CONFLICT',
    `recovery point ${recoveryPointId} is being reclaimed or gone`,
  );
