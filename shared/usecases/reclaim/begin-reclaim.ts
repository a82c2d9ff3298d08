import type { UploadId } from '../../domain/ids.ts';
import { type Instant, laterOf } from '../../domain/instant.ts';
import { nextJournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';
import { earlierClock, urlsAreDeadAt } from '../../domain/reclaim/clocks.ts';
import type { ListedVersion } from '../../domain/reclaim/deletion-list.ts';
import type { PointDeletion, RecoveryPoint } from '../../domain/recovery-point.ts';
import { type Clearance, carryOver } from '../../domain/retention/clearance.ts';
import type { Upload } from '../../domain/upload.ts';
import { uploadPrefix } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { requireDeletionAllowed } from '../mounts/require-in-step.ts';
import { listAllVersions, listVersionsOf } from './list-versions.ts';
import { readReferences } from './read-tables.ts';
import { storeDeletionList } from './stored-list.ts';

/** Each lost race means that another change of the mount got on. */
const maxAttempts = 5;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read' | 'putOnce' | 'listVersions'>;
  readonly clock: Clock;
  readonly decideAgain: DecideAgain;
}

/** What retention says of a pending point now, by the line that `mount` was read with. */
export type DecideAgain = (mount: Mount, point: RecoveryPoint) => Promise<SecondDecision>;

export type SecondDecision =
  | {
      readonly keep: false;
      /** Other mounts that it looked at. */
      readonly unchanged: readonly Pick<Mount, 'mountId' | 'lineVersion'>[];
      /** What is known of those that come next, once this one goes. */
      readonly clearance?: Clearance;
    }
  | { readonly keep: true; readonly because: string };

export type BegunReclaim =
  | { readonly outcome: 'reclaiming' }
  /** It is available again, or gone already. */
  | { readonly outcome: 'not-pending' }
  /** Retention would keep it today: it stays pending until somebody brings it back, or the reason ends. */
  | { readonly outcome: 'kept'; readonly because: string }
  | { readonly outcome: 'waits'; readonly because: string };

/**
 * The one decision of a reclaim (PROTOCOL 11): what of a pending point no neighbour needs is listed, the list stored, and the
 * point becomes reclaiming in one transaction that holds only if nothing of its line changed since the beginning. From then
 * on the stored list alone is carried out. Repeats and crashes leave at most lists that nobody names.
 */
export async function beginReclaim(
  dependencies: Dependencies,
  recoveryPointId: UploadId,
): Promise<BegunReclaim> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const outcome = await tryBegin(dependencies, recoveryPointId);
    if (outcome !== 'conflict') return outcome;
  }
  throw new ServiceError('COMMIT_CONFLICT', `the mount of point ${recoveryPointId} changes too often`);
}

async function tryBegin(
  dependencies: Dependencies,
  recoveryPointId: UploadId,
): Promise<BegunReclaim | 'conflict'> {
  const { catalog, vault, clock, decideAgain } = dependencies;
  const upload = await catalog.uploads.find(recoveryPointId);
  if (upload === undefined) return { outcome: 'not-pending' };
  // First of all: whatever changes the line after this read makes the transaction a conflict.
  const mount = await catalog.mounts.find(upload.mountId);
  if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${upload.mountId}`);
  requireDeletionAllowed(mount);
  const point = await catalog.recoveryPoints.find(recoveryPointId);
  if (point?.state === 'reclaiming') return { outcome: 'reclaiming' };
  if (point?.state !== 'pending-deletion' || point.deletion === undefined) return { outcome: 'not-pending' };
  const marked = point.deletion;

  const mayGoAt = laterOf(marked.reclaimAfter, urlsAreDeadAt(upload.urlUntil));
  if (clock.now() <= mayGoAt) return { outcome: 'waits', because: `its data stays until ${mayGoAt}` };
  const [pin] = await catalog.recoveryPoints.pins(recoveryPointId);
  if (pin !== undefined) return { outcome: 'waits', because: `${pin} needs it` };
  const decision = await decideAgain(mount, point);
  if (decision.keep) return { outcome: 'kept', because: decision.because };

  const { previous, next } = await catalog.recoveryPoints.neighbours(mount, point.seq);
  const { versions, listedAt } = await listUnshared({ vault, clock }, point, previous, next);
  // Both clocks: one that has jumped ahead must not end anything early.
  if (listedAt <= mayGoAt) return { outcome: 'waits', because: `its data stays until ${mayGoAt}, S3 says` };
  const list = await storeDeletionList(vault, {
    mountId: mount.mountId,
    of: {
      ...{ kind: 'reclaim', recoveryPointId },
      ...(previous && { previousId: previous.recoveryPointId }),
      ...(next && { nextId: next.recoveryPointId }),
    },
    madeAt: clock.now(),
    lineVersion: mount.lineVersion,
    versions,
  });

  const at = clock.now();
  const { sha256: listSha256, objects, totalBytes: bytes } = list;
  const journalNumber = mount.journal.number + 1;
  const deletion: PointDeletion = { ...marked, reclaim: { at, listSha256, objects, bytes, journalNumber } };
  return (await transition(dependencies, mount, point, upload, {
    ...{ deletion, previous, next },
    ...{ unchanged: decision.unchanged, clearance: decision.clearance },
  }))
    ? { outcome: 'reclaiming' }
    : 'conflict';
}

interface Unshared {
  readonly versions: readonly ListedVersion[];
  /** By the clock that says the earlier time. */
  readonly listedAt: Instant;
}

/** Everything under the point's prefix and all that its tables name, without what a neighbour's tables name. */
async function listUnshared(
  { vault, clock }: Pick<Dependencies, 'vault' | 'clock'>,
  point: RecoveryPoint,
  previous: RecoveryPoint | undefined,
  next: RecoveryPoint | undefined,
): Promise<Unshared> {
  const named = await readReferences(vault, point);
  const ofPrevious = await readReferences(vault, previous);
  const ofNext = await readReferences(vault, next);
  const isKept = (key: string) => ofPrevious.has(key) || ofNext.has(key);
  const prefix = uploadPrefix(point.mountId, point.recoveryPointId);
  const askedAt = clock.now();
  const own = await listAllVersions(vault, prefix);
  const inherited = [...named].filter((key) => !key.startsWith(prefix) && !isKept(key));
  const versions = [
    ...own.versions.filter(({ key }) => !isKept(key)),
    ...(await listVersionsOf(vault, inherited)),
  ];
  return {
    versions: versions.map(({ key, versionId, sizeBytes }) => ({ key, versionId, sizeBytes })),
    listedAt: earlierClock(askedAt, own.date),
  };
}

async function transition(
  { catalog }: Dependencies,
  mount: Mount,
  point: RecoveryPoint,
  { urlUntil }: Upload,
  change: {
    readonly deletion: PointDeletion;
    readonly previous: RecoveryPoint | undefined;
    readonly next: RecoveryPoint | undefined;
    readonly unchanged: readonly Pick<Mount, 'mountId' | 'lineVersion'>[];
    readonly clearance: Clearance | undefined;
  },
): Promise<boolean> {
  const { deletion, previous, next, unchanged, clearance } = change;
  const { recoveryPointId } = point;
  const entry = nextJournalEntry(mount.mountId, mount.journal, {
    at: deletion.reclaim?.at ?? deletion.markedAt,
    kind: 'recovery-point-reclaiming',
    data: { recoveryPointId, deletion },
  });
  const outcome = await catalog.recoveryPoints.beginReclaim(mount, point, {
    ...{ deletion, urlUntil, unchanged, entry },
    clearance: clearance && carryOver(clearance, mount, entry),
    // Without a live point behind it, it was the head.
    headId: next === undefined ? previous?.recoveryPointId : mount.headId,
    lineFrom: previous === undefined ? (next?.seq ?? point.seq + 1) : undefined,
  });
  return outcome === 'changed';
}
