import type { Caller } from '../../domain/access.ts';
import { expiresAt, parseExpire } from '../../domain/expire.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Mount } from '../../domain/mount.ts';
import { isLive, type RecoveryPoint } from '../../domain/recovery-point.ts';
import { ServiceError } from '../../errors.ts';
import { findRecoveryPoint } from '../access/find-owned.ts';
import { requireJournalStored } from '../journal/require-journal-stored.ts';
import { changeLine, entryFor } from './change-line.ts';
import { type ChangeDependencies, ownExpire } from './undelete-point.ts';

/**
 * Gives a point an expire of its own, which wins over the mount's policy from then on. The same again changes nothing.
 * Throws RECOVERY_POINT_NOT_FOUND, RECOVERY_POINT_STATE_CONFLICT, EXPIRE_INVALID, and RECOVERY_POINT_LOCKED where a locked
 * point would expire earlier than now.
 */
export async function changePointExpire(
  dependencies: Pick<ChangeDependencies, 'catalog' | 'vault' | 'clock'>,
  caller: Caller,
  { recoveryPointId, expire }: { readonly recoveryPointId: UploadId; readonly expire: string },
): Promise<RecoveryPoint> {
  const { catalog, clock } = dependencies;
  parseExpire(expire);
  const { mountId } = await findRecoveryPoint(catalog, caller, recoveryPointId);
  const stored = await changeLine(catalog, mountId, async (mount) => {
    const point = await findRecoveryPoint(catalog, caller, recoveryPointId);
    if (!isLive(point.state)) {
      throw new ServiceError(
        'RECOVERY_POINT_STATE_CONFLICT',
        `recovery point ${recoveryPointId} is being reclaimed or gone`,
      );
    }
    if (point.expire === expire) return mount.journal.number;
    const own = ownExpire(point, expire);
    refuseShortening(mount, point, own.expiresAt, clock.now());
    const at = clock.now();
    const entry = entryFor(mount, {
      ...{ at, kind: 'recovery-point-expire-changed' },
      data: { recoveryPointId, ...own, by: caller.credentialId },
    });
    const outcome = await catalog.recoveryPoints.changeExpire(mount, recoveryPointId, {
      own,
      dueAt: at,
      entry,
    });
    return outcome === 'conflict' ? outcome : entry.number;
  });
  await requireJournalStored(dependencies, mountId, stored);
  return findRecoveryPoint(catalog, caller, recoveryPointId);
}

function refuseShortening(
  mount: Mount,
  { recoveryPointId, committedAt, expire, lockedUntil }: RecoveryPoint,
  next: RecoveryPoint['expiresAt'],
  now: Instant,
): void {
  if (lockedUntil === undefined || lockedUntil <= now || next === 'never') return;
  const current = expiresAt(committedAt, parseExpire(expire ?? mount.expire));
  if (current !== 'never' && current <= next) return;
  throw new ServiceError(
    'RECOVERY_POINT_LOCKED',
    `recovery point ${recoveryPointId} is locked until ${lockedUntil}: its expire can only be lengthened`,
    { details: { lockedUntil } },
  );
}
