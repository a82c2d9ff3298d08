import type { Caller } from '../../domain/access.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { Upload, UploadCommit } from '../../domain/upload.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Workflows } from '../../ports/workflows.ts';
import { findMount, findUpload } from '../access/find-owned.ts';
import { requireInStep } from '../mounts/require-in-step.ts';
import { requireInForce } from '../stores/require-in-force.ts';
import { showUpload } from '../uploads/show-upload.ts';
import { requireOpen } from '../uploads/sign-upload.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'uploads' | 'mounts' | 'stores'>;
  readonly workflows: Pick<Workflows, 'startCommit'>;
  readonly clock: Clock;
}

interface CommitRequest {
  readonly fence: number;
  readonly manifestSha256: string;
  readonly manifestBytes: number;
}

/**
 * Begins the commit of a manifest and answers the upload; the workflow does the rest. Asking again for the same
 * manifest starts nothing twice, but does start the workflow when a crash came between the two.
 */
export async function requestCommit(
  dependencies: Dependencies,
  caller: Caller,
  input: { uploadId: UploadId } & CommitRequest,
): Promise<Upload> {
  const { catalog, workflows } = dependencies;
  const [upload] = await Promise.all([
    findUpload(catalog, caller, input.uploadId),
    requireInForce(catalog, caller),
  ]);
  requireInStep(await findMount(catalog, caller, upload.mountId));
  const isSame = upload.commit?.manifestSha256 === input.manifestSha256 && upload.fence === input.fence;
  const isCommitted = isSame && upload.state === 'committed';
  if (!isCommitted) {
    const isBegun = isSame && upload.state === 'committing';
    const { attempt } = (isBegun && upload.commit) || (await beginCommit(dependencies, upload, input));
    await workflows.startCommit({ uploadId: upload.uploadId, attempt });
  }
  return showUpload({ catalog }, caller, input.uploadId);
}

async function beginCommit(
  { catalog, clock }: Dependencies,
  upload: Upload,
  { fence, manifestSha256, manifestBytes }: CommitRequest,
): Promise<UploadCommit> {
  const requestedAt = clock.now();
  requireOpen(upload, fence, requestedAt);
  const attempt = (upload.commit?.attempt ?? 0) + 1;
  const commit = { manifestSha256, manifestBytes, requestedAt, attempt };
  const outcome = await catalog.uploads.beginCommit(upload.uploadId, fence, commit);
  if (outcome === 'begun') return commit;
  throw new ServiceError('UPLOAD_STATE_CONFLICT', `upload ${upload.uploadId} changed while its commit began`);
}
