import type { Instant } from '../../../domain/instant.ts';
import type { JournalEntry } from '../../../domain/journal.ts';
import type { Upload } from '../../../domain/upload.ts';
import { ServiceError } from '../../../errors.ts';
import type { UploadCatalog } from '../../../ports/catalog/uploads.ts';
import { dueFields } from './due.ts';
import type { Entities } from './entities.ts';
import { locatePoint } from './point-place.ts';
import { transact } from './transact.ts';

/** The commit: the only way by which a recovery point comes to be. */
export async function commitUpload(
  entities: Entities,
  { upload, recoveryPoint, expected, entry }: Parameters<UploadCatalog['commit']>[0],
): Promise<'committed' | 'conflict'> {
  const { uploadId, mountId, fence } = upload;
  const { seq, manifestSha256 } = recoveryPoint;
  const parentPlace = await locateParent(entities, upload);
  const refusal = await transact(entities, (writable) => ({
    upload: writable.upload
      .patch({ uploadId })
      .set({ state: 'committed', seq, journalNumber: entry.number })
      .remove(['runningState'])
      .where(({ state, fence: current, commit }, { eq }) => {
        const isOurs = `${eq(state, 'committing')} AND ${eq(current, fence)}`;
        return `${isOurs} AND ${eq(commit.manifestSha256, manifestSha256)}`;
      })
      .commit(),
    parent:
      parentPlace &&
      writable.recoveryPoint
        .patch(parentPlace)
        .delete({ pins: [`upload:${uploadId}`] })
        .where(({ state }, { eq }) => `(${eq(state, 'available')} OR ${eq(state, 'pending-deletion')})`)
        .commit(),
    mount: writable.mount
      .patch({ mountId })
      .data((mount, { set, remove }) => {
        set(mount.seq, seq);
        set(mount.headId, uploadId);
        set(mount.lineVersion, expected.lineVersion + 1);
        set(mount.journal.number, entry.number);
        set(mount.journal.hash, entry.sha256);
        remove(mount.openUploadId);
      })
      .set(dueFields({ mountId }, recoveryPoint.committedAt))
      .where((mount, { eq }) => {
        const isOurs = `${eq(mount.openUploadId, uploadId)} AND ${eq(mount.seq, expected.seq)}`;
        const isUnchanged = eq(mount.lineVersion, expected.lineVersion);
        return `${isOurs} AND ${isUnchanged} AND ${eq(mount.journal.number, expected.journalNumber)}`;
      })
      .commit(),
    point: writable.recoveryPoint.create({ ...recoveryPoint, listedMountId: mountId }).commit(),
    entry: writable.journalEntry.create(entry).commit(),
  }));
  return refusal.size === 0 ? 'committed' : 'conflict';
}

/** open → closing: final. The mount is free and the parent unpinned from here on. */
export async function closeUpload(
  entities: Entities,
  upload: Upload,
  { reason: closeReason, leaseEndedBy, entry }: Parameters<UploadCatalog['close']>[1],
): Promise<'closed' | 'conflict'> {
  const { uploadId, mountId, fence } = upload;
  const parentPlace = await locateParent(entities, upload);
  const refusal = await transact(entities, (writable) => ({
    upload: writable.upload
      .patch({ uploadId })
      .set({ state: 'closing', runningState: 'closing', closeReason, journalNumber: entry.number })
      .where(({ state, fence: current, urlUntil, leaseUntil }, { eq, lte }) => {
        const isOpen = `${eq(state, 'open')} AND ${eq(current, fence)} AND ${eq(urlUntil, upload.urlUntil)}`;
        return leaseEndedBy === undefined ? isOpen : `${isOpen} AND ${lte(leaseUntil, leaseEndedBy)}`;
      })
      .commit(),
    parent:
      parentPlace &&
      writable.recoveryPoint
        .patch(parentPlace)
        .delete({ pins: [`upload:${uploadId}`] })
        .commit(),
    mount: writable.mount
      .patch({ mountId })
      .data((mount, { set, remove }) => {
        remove(mount.openUploadId);
        set(mount.journal.number, entry.number);
        set(mount.journal.hash, entry.sha256);
      })
      .where(
        ({ openUploadId, journal }, { eq }) =>
          `${eq(openUploadId, uploadId)} AND ${eq(journal.number, entry.number - 1)}`,
      )
      .commit(),
    entry: writable.journalEntry.create(entry).commit(),
  }));
  return refusal.size === 0 ? 'closed' : 'conflict';
}

/** The prefix is empty; nothing that arrived meanwhile is forgotten. */
export async function endClosing(
  entities: Entities,
  { uploadId, mountId, lateObjectAt: known }: Upload,
  closedAt: Instant,
  entry: JournalEntry | undefined,
): ReturnType<UploadCatalog['endClosing']> {
  const refusal = await transact(entities, (writable) => ({
    upload: writable.upload
      .patch({ uploadId })
      .set({ state: 'closed', closedAt })
      .remove(['runningState', 'blockedUntil'])
      .where(({ state, lateObjectAt }, { eq, notExists }) => {
        const isOurs = eq(state, entry === undefined ? 'closed' : 'closing');
        return `${isOurs} AND ${known === undefined ? notExists(lateObjectAt) : eq(lateObjectAt, known)}`;
      })
      .commit(),
    mount:
      entry &&
      writable.mount
        .patch({ mountId })
        .data(({ journal }, { set }) => {
          set(journal.number, entry.number);
          set(journal.hash, entry.sha256);
        })
        .where(({ journal }, { eq }) => eq(journal.number, entry.number - 1))
        .commit(),
    entry: entry && writable.journalEntry.create(entry).commit(),
  }));
  return refusal.size === 0 ? 'changed' : 'conflict';
}

async function locateParent(entities: Entities, { uploadId, parent }: Upload) {
  if (parent === undefined) return undefined;
  const place = await locatePoint(entities, parent.uploadId);
  if (place !== undefined) return place;
  throw new ServiceError(
    'INTERNAL',
    `the parent ${parent.uploadId} of upload ${uploadId} is not in the catalog`,
  );
}
