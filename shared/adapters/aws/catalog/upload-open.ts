import type { UploadId } from '../../../domain/ids.ts';
import type { Upload } from '../../../domain/upload.ts';
import type { UploadCatalog } from '../../../ports/catalog/uploads.ts';
import type { Entities } from './entities.ts';
import { locatePoint } from './point-place.ts';
import { transact } from './transact.ts';
import { findUpload } from './upload-item.ts';

type OpenOutcome = Awaited<ReturnType<UploadCatalog['open']>>;

/** Opens the upload, or says why it cannot be opened as it stands. */
export async function openUpload(entities: Entities, upload: Upload): Promise<OpenOutcome> {
  const { parent } = upload;
  const [reservation, parentPlace] = await Promise.all([
    readReservation(entities, upload),
    parent && locatePoint(entities, parent.uploadId),
  ]);
  if (reservation.isHeld) return { outcome: 'snapshot-known', uploadId: reservation.uploadId };
  if (parent !== undefined && parentPlace === undefined) return { outcome: 'conflict' };

  const { uploadId, mountId, snapshotId, fence, epoch, requestId, deadline } = upload;
  const refusal = await transact(entities, (writable) => ({
    mount: writable.mount
      .patch({ mountId })
      .set({ openUploadId: uploadId, fence })
      .where((mount, { eq, ne, notExists }) => {
        const hasParentAsHead = parent ? eq(mount.headId, parent.uploadId) : notExists(mount.headId);
        const isCurrent = `${eq(mount.fence, fence - 1)} AND ${eq(mount.epoch, epoch)} AND ${ne(mount.state, 'gone')}`;
        return `${notExists(mount.openUploadId)} AND ${hasParentAsHead} AND ${isCurrent}`;
      })
      .commit(),
    parent:
      parentPlace &&
      writable.recoveryPoint
        .patch(parentPlace)
        .add({ pins: [`upload:${uploadId}`] })
        .where(({ state }, { eq }) => `(${eq(state, 'available')} OR ${eq(state, 'pending-deletion')})`)
        .commit(),
    request:
      requestId &&
      writable.request
        .patch({ requestId })
        .set({ state: 'uploading', uploadId, deadline })
        .where(({ isRunning }, { exists }) => exists(isRunning))
        .commit(),
    upload: writable.upload.create({ ...upload, runningState: 'open' }).commit(),
    snapshot: reservation.uploadId
      ? writable.snapshot
          .patch({ mountId, snapshotId })
          .set({ uploadId })
          .where((snapshot, { eq }) => eq(snapshot.uploadId, reservation.uploadId))
          .commit()
      : writable.snapshot.create({ mountId, snapshotId, uploadId }).commit(),
  }));
  if (refusal.size === 0) return { outcome: 'opened' };
  if (refusal.has('request')) return { outcome: 'request-ended' };
  return refusal.has('snapshot') ? readWinner(entities, upload) : { outcome: 'conflict' };
}

type Reservation =
  | { readonly isHeld: true; readonly uploadId: UploadId }
  /** Free, or held by an upload that has closed; closing is final, so that it stays free until somebody takes it. */
  | { readonly isHeld: false; readonly uploadId?: UploadId };

async function readReservation(entities: Entities, { mountId, snapshotId }: Upload): Promise<Reservation> {
  const { data } = await entities.snapshot.get({ mountId, snapshotId }).go({ consistent: true });
  if (data === null) return { isHeld: false };
  const { uploadId } = data;
  const holder = await findUpload(entities, uploadId);
  return { isHeld: holder?.state !== 'closing' && holder?.state !== 'closed', uploadId };
}

/** Somebody took the snapshot's reservation between our read and our transaction. */
async function readWinner(entities: Entities, upload: Upload): Promise<OpenOutcome> {
  const reservation = await readReservation(entities, upload);
  if (!reservation.isHeld) return { outcome: 'conflict' };
  return { outcome: 'snapshot-known', uploadId: reservation.uploadId };
}
