import type { UploadId } from '../../domain/ids.ts';
import { type Instant, laterOf } from '../../domain/instant.ts';
import { nextJournalEntry } from '../../domain/journal.ts';
import { earlierClock, urlsAreDeadAt } from '../../domain/reclaim/clocks.ts';
import { needsSweep, type Upload } from '../../domain/upload.ts';
import { uploadPrefix } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { requireJournalStored } from '../journal/require-journal-stored.ts';
import { requireDeletionAllowed } from '../mounts/require-in-step.ts';
import { deleteListed, lockedUntil } from './delete-listed.ts';
import { listAllVersions, versionPages } from './list-versions.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints' | 'outbox'>;
  readonly vault: Pick<Vault, 'putOnce' | 'listVersions' | 'deleteVersions' | 'lockOf'>;
  readonly clock: Clock;
}

export type SweptUpload =
  | { readonly outcome: 'not-closing' }
  | { readonly outcome: 'blocked'; readonly until: Instant; readonly objects: number; readonly bytes: number }
  /** Its prefix is empty now, but its URLs may still fill it. */
  | { readonly outcome: 'closing'; readonly objects: number; readonly bytes: number }
  | { readonly outcome: 'closed'; readonly objects: number; readonly bytes: number };

/**
 * Deletes whatever lies under the prefix of an upload that was given up (PROTOCOL 12), at once and again until its URLs have
 * been dead for a day and nothing is found any more: then it is closed. Only an upload that never became a point is swept:
 * closing is final, and no commit names its objects.
 */
export async function sweepUpload(dependencies: Dependencies, uploadId: UploadId): Promise<SweptUpload> {
  const { catalog, clock } = dependencies;
  const upload = await catalog.uploads.find(uploadId);
  if (upload === undefined || !needsSweep(upload)) return { outcome: 'not-closing' };
  const { mountId, blockedUntil } = upload;
  const now = clock.now();
  if (blockedUntil !== undefined && now < blockedUntil) {
    return { outcome: 'blocked', until: blockedUntil, objects: 0, bytes: 0 };
  }
  const mount = await catalog.mounts.find(mountId);
  if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${mountId}`);
  requireDeletionAllowed(mount);
  // Uploads that were closed before closings had entries: everything that the journal has must be stored.
  await requireJournalStored(dependencies, mountId, upload.journalNumber ?? mount.journal.number);
  // Another catalog may have come into its place since: what is read after the entry is known to be stored decides.
  const again = await catalog.uploads.find(uploadId);
  if (again === undefined || !needsSweep(again)) return { outcome: 'not-closing' };
  await requireNoPoint(catalog, uploadId);
  requireDeletionAllowed((await catalog.mounts.find(mountId)) ?? mount);

  const prefix = uploadPrefix(mountId, uploadId);
  const { until, ...swept } = await empty(dependencies, prefix);
  if (until !== undefined) {
    await catalog.uploads.noteBlocked(uploadId, until);
    return { outcome: 'blocked', until, ...swept };
  }
  const closedAt = await emptyAt(dependencies, prefix);
  if (closedAt === undefined || closedAt <= urlsAreDeadAt(upload.urlUntil)) {
    return { outcome: 'closing', ...swept };
  }
  const isClosed = await close(dependencies, upload, clock.now());
  return { outcome: isClosed ? 'closed' : 'closing', ...swept };
}

/** Deletes what lies under the prefix, and says until when some of it is locked. */
async function empty({ vault, clock }: Dependencies, prefix: string) {
  let objects = 0;
  let bytes = 0;
  let until: Instant | undefined;
  for await (const { versions } of versionPages(vault, prefix)) {
    const refused = await deleteListed(vault, versions);
    const locked = await lockedUntil({ vault, clock }, refused);
    if (locked !== undefined) until = laterOf(until ?? locked, locked);
    objects += versions.length - refused.length;
    const isRefused = new Set(refused.map(({ key, versionId }) => `${key} ${versionId}`));
    for (const { key, versionId, sizeBytes } of versions) {
      if (!isRefused.has(`${key} ${versionId}`)) bytes += sizeBytes;
    }
  }
  return { objects, bytes, until };
}

/** A catalog that calls a point's upload closing is broken: better garbage than a hole. */
async function requireNoPoint(catalog: Pick<Catalog, 'recoveryPoints'>, uploadId: UploadId): Promise<void> {
  if ((await catalog.recoveryPoints.find(uploadId)) === undefined) return;
  throw new ServiceError('INTERNAL', `upload ${uploadId} was given up, and is a recovery point`);
}

/** The time of a listing that finds nothing, by the earlier of both clocks; undefined when it finds something. */
async function emptyAt({ vault, clock }: Dependencies, prefix: string): Promise<Instant | undefined> {
  const askedAt = clock.now();
  const { versions, date } = await listAllVersions(vault, prefix);
  return versions.length === 0 ? earlierClock(askedAt, date) : undefined;
}

/** False when something else came first: the next sweep finds it. */
async function close({ catalog }: Dependencies, upload: Upload, closedAt: Instant): Promise<boolean> {
  const { uploadId, mountId, state } = upload;
  const mount = await catalog.mounts.find(mountId);
  if (mount === undefined) return false;
  const entry =
    state === 'closing'
      ? nextJournalEntry(mountId, mount.journal, { at: closedAt, kind: 'upload-closed', data: { uploadId } })
      : undefined;
  return (await catalog.uploads.endClosing(upload, closedAt, entry)) === 'changed';
}
