import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { CommitRun } from './find-committing.ts';

/**
 * Opens the upload again with the reason why its commit was refused: the gateway may add objects and commit another
 * manifest. A run that is late, or that had committed before it failed, changes nothing; the answer says which it was.
 */
export async function refuseCommit(
  { catalog }: { catalog: Pick<Catalog, 'uploads'> },
  run: CommitRun & { code: string; message: string },
): Promise<{ readonly committed: boolean }> {
  const { uploadId, attempt, code, message } = run;
  const outcome = await catalog.uploads.refuseCommit(uploadId, attempt, { code, message });
  if (outcome === 'refused') return { committed: false };
  const upload = await catalog.uploads.find(uploadId);
  if (upload === undefined) throw new ServiceError('UPLOAD_NOT_FOUND', `there is no upload ${uploadId}`);
  return { committed: upload.state === 'committed' && upload.commit?.attempt === attempt };
}
