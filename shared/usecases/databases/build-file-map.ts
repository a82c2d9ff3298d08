import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { type CommitRun, findCommitting } from '../commit/find-committing.ts';
import { type MadeFileMap, makeFileMapOn } from './make-file-map.ts';
import { loadBase } from './map-base.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'uploads' | 'mounts' | 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read' | 'putOnce'>;
}

/**
 * Fourth step of a commit: the file map of the point to be, in the vault before the point is recorded. Its place in the line is
 * certain already: nothing else can be committed on the mount while this upload is open.
 */
export async function buildFileMap(dependencies: Dependencies, run: CommitRun): Promise<MadeFileMap> {
  const { catalog } = dependencies;
  const upload = await findCommitting(catalog, run);
  const { mountId, uploadId: recoveryPointId, requestedAt: takenAt, parent, commit } = upload;
  const { manifestSha256 } = commit;
  const known = { mountId, recoveryPointId, manifestSha256, ...(parent && { parentId: parent.uploadId }) };
  const [mount, base] = await Promise.all([catalog.mounts.find(mountId), loadBase(dependencies, known)]);
  if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${mountId}`);
  const subject = { ...known, seq: upload.seq ?? mount.seq + 1, takenAt };
  return makeFileMapOn(base, dependencies, subject, 1);
}
