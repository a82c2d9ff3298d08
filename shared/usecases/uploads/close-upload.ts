import type { Instant } from '../../domain/instant.ts';
import { nextJournalEntry } from '../../domain/journal.ts';
import type { Upload } from '../../domain/upload.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';

/** Each lost race means that another change of the mount got on. */
const maxAttempts = 8;

/**
 * open → closing, final: the mount is free and the parent unpinned from here on. The journal says so before anything of
 * it is deleted: a catalog from the past would sweep what is a recovery point by now. `conflict` when the upload is not open with
 * this fence any more, or its lease has not ended by `leaseEndedBy`.
 */
export async function closeUpload(
  { catalog, clock }: { catalog: Pick<Catalog, 'mounts' | 'uploads'>; clock: Clock },
  { uploadId, mountId, fence }: Upload,
  { reason, by, leaseEndedBy }: { reason: string; by?: string; leaseEndedBy?: Instant },
): Promise<'closed' | 'conflict'> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const mount = await catalog.mounts.find(mountId);
    const upload = await catalog.uploads.find(uploadId);
    const isOpen = upload?.state === 'open' && upload.fence === fence && mount?.openUploadId === uploadId;
    if (!isOpen || (leaseEndedBy !== undefined && leaseEndedBy < upload.leaseUntil)) return 'conflict';
    const entry = nextJournalEntry(mountId, mount.journal, {
      at: clock.now(),
      kind: 'upload-closing',
      data: { upload, reason, ...(by !== undefined && { by }) },
    });
    const outcome = await catalog.uploads.close(upload, {
      reason,
      entry,
      ...(leaseEndedBy && { leaseEndedBy }),
    });
    if (outcome === 'closed') return 'closed';
  }
  throw new ServiceError('COMMIT_CONFLICT', `the mount of upload ${uploadId} changes too often to close it`);
}
