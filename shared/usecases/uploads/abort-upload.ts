import type { Caller } from '../../domain/access.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { Upload } from '../../domain/upload.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { findUpload } from '../access/find-owned.ts';
import { closeUpload } from './close-upload.ts';

/**
 * Gives an open upload up: its mount is free and its parent unpinned at once. Closing is final; aborting twice changes
 * nothing. What was uploaded stays, unseen, until the clean-up of closed uploads.
 */
export async function abortUpload(
  { catalog, clock }: { catalog: Pick<Catalog, 'mounts' | 'uploads'>; clock: Clock },
  caller: Caller,
  input: { uploadId: UploadId; reason: string },
): Promise<Upload> {
  const upload = await findUpload(catalog, caller, input.uploadId);
  const isClosed = ({ state }: Upload) => state === 'closing' || state === 'closed';
  if (isClosed(upload)) return upload;
  const reason = `aborted: ${input.reason}`;
  await closeUpload({ catalog, clock }, upload, { reason, by: caller.credentialId });
  const now = await findUpload(catalog, caller, input.uploadId);
  if (isClosed(now)) return now;
  throw new ServiceError(
    'UPLOAD_STATE_CONFLICT',
    `upload ${now.uploadId} is ${now.state} and cannot be aborted`,
    {
      details: { state: now.state },
    },
  );
}
