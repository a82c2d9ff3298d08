import type { UploadId } from '../../domain/ids.ts';
import type { Upload, UploadCommit } from '../../domain/upload.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';

/** Names one run of the commit workflow. */
export interface CommitRun {
  readonly uploadId: UploadId;
  readonly attempt: number;
}

export type CommittingUpload = Upload & { readonly commit: UploadCommit };

/**
 * The upload of a commit run. A run that is late or started twice may find it committed already, which its steps answer
 * with what they answered before; any other state means that the run has nothing to do: UPLOAD_STATE_CONFLICT.
 */
export async function findCommitting(
  catalog: Pick<Catalog, 'uploads'>,
  { uploadId, attempt }: CommitRun,
): Promise<CommittingUpload> {
  const upload = await catalog.uploads.find(uploadId);
  if (upload === undefined) throw new ServiceError('UPLOAD_NOT_FOUND', `there is no upload ${uploadId}`);
  const { commit, state } = upload;
  const isOfRun = (state === 'committing' || state === 'committed') && commit?.attempt === attempt;
  if (isOfRun && commit !== undefined) return { ...upload, commit };
  throw new ServiceError(
    'UPLOAD_STATE_CONFLICT',
    `upload ${uploadId} is ${state} with attempt ${commit?.attempt ?? 0}, not committing with attempt ${attempt}`,
  );
}
