import type { UploadId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import { nextJournalEntry } from '../../domain/journal.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { carryOver, clearanceInForce } from '../../domain/retention/clearance.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { requireJournalStored } from '../journal/require-journal-stored.ts';
import { requireDeletionAllowed } from '../mounts/require-in-step.ts';
import { deleteListed, lockedUntil } from './delete-listed.ts';
import { readDeletionList } from './stored-list.ts';

/** Each lost race means that another change of the mount got on. */
const maxAttempts = 8;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'outbox'>;
  readonly vault: Pick<Vault, 'read' | 'putOnce' | 'deleteVersions' | 'lockOf'>;
  readonly clock: Clock;
}

export type CarriedOut =
  | { readonly outcome: 'gone'; readonly objects: number; readonly bytes: number }
  /** Locked objects keep it: everything else of the list is deleted. */
  | { readonly outcome: 'blocked'; readonly until: Instant }
  | { readonly outcome: 'not-reclaiming' };

/**
 * Deletes exactly what the stored list of a reclaiming point names, and makes the point a tombstone when all of it is gone.
 * Neither neighbours nor tables are read again: what the list names stays unreferenced for ever. Runs cut off anywhere and
 * several at once do no harm.
 */
export async function carryOutReclaim(
  dependencies: Dependencies,
  recoveryPointId: UploadId,
): Promise<CarriedOut> {
  const { catalog, vault } = dependencies;
  const point = await catalog.recoveryPoints.find(recoveryPointId);
  const reclaim = point?.deletion?.reclaim;
  if (point === undefined || reclaim === undefined || !isGoing(point)) return { outcome: 'not-reclaiming' };
  const { objects, bytes, listSha256 } = reclaim;
  if (point.state === 'tombstone') return { outcome: 'gone', objects, bytes };
  const { mountId } = point;
  requireDeletionAllowed(await findMount(catalog, mountId));
  await requireJournalStored(dependencies, mountId, reclaim.journalNumber);
  if (!(await isStillGoing(catalog, point))) return { outcome: 'not-reclaiming' };

  const list = await readDeletionList(vault, mountId, listSha256);
  if (list.of.kind !== 'reclaim' || list.of.recoveryPointId !== recoveryPointId) {
    throw new ServiceError('VAULT_OBJECT_DAMAGED', `list ${listSha256} is not of point ${recoveryPointId}`);
  }
  const refused = await deleteListed(vault, list.versions);
  const until = await lockedUntil(dependencies, refused);
  if (until !== undefined) {
    await catalog.recoveryPoints.noteBlocked(point, until);
    return { outcome: 'blocked', until };
  }
  await end(dependencies, recoveryPointId);
  return { outcome: 'gone', objects, bytes };
}

/**
 * A catalog that was put back or rebuilt since the point was read may have another entry under that number, and call the point
 * live: what is read after the entry is known to be stored decides. The mount last, for a rebuild marks it first.
 */
async function isStillGoing(catalog: Dependencies['catalog'], point: RecoveryPoint): Promise<boolean> {
  const { recoveryPointId, mountId, deletion } = point;
  const now = await catalog.recoveryPoints.find(recoveryPointId);
  requireDeletionAllowed(await findMount(catalog, mountId));
  const isSame = now?.deletion?.reclaim?.listSha256 === deletion?.reclaim?.listSha256;
  return now !== undefined && isGoing(now) && isSame;
}

const isGoing = ({ state }: RecoveryPoint) => state === 'reclaiming' || state === 'tombstone';

async function end({ catalog, clock }: Dependencies, recoveryPointId: UploadId): Promise<void> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const point = await catalog.recoveryPoints.find(recoveryPointId);
    if (point?.state !== 'reclaiming' || point.deletion === undefined) return;
    const mount = await findMount(catalog, point.mountId);
    const goneAt = clock.now();
    const { blockedUntil: _, ...deletion } = point.deletion;
    const entry = nextJournalEntry(mount.mountId, mount.journal, {
      at: goneAt,
      kind: 'recovery-point-gone',
      data: { recoveryPointId, deletion: { ...deletion, goneAt } },
    });
    const clearance = clearanceInForce(mount);
    const change = { goneAt, entry, clearance: clearance && carryOver(clearance, mount, entry) };
    if ((await catalog.recoveryPoints.endReclaim(mount, point, change)) === 'changed') return;
  }
  throw new ServiceError('COMMIT_CONFLICT', `the mount of point ${recoveryPointId} changes too often`);
}

async function findMount(catalog: Pick<Catalog, 'mounts'>, mountId: RecoveryPoint['mountId']) {
  const mount = await catalog.mounts.find(mountId);
  if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${mountId}`);
  return mount;
}
