import { ServiceError } from '../errors.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { CommitRun } from './find-committing.ts';

/**
 * Opens the upload again with the reason why its commit was refused: the gateway may add objects and commit another
 * manifest. A run that is late, or that had committed before it failed, changes nothing.
 */
export async function refuseCommit(
  { catalog }: { catalog: Pick<Catalog, 'uploads'> },
  run: CommitRun & { code: string; message: string },
): Promise<void> {
  const upload = await catalog.uploads.find(run.uploadId);
  if (upload === undefined) throw new ServiceError('UPLOAD_NOT_FOUND', `there is no upload ${run.uploadId}`);
  await catalog.uploads.refuseCommit(run.uploadId, run.attempt, { code: run.code, message: run.message });
}
