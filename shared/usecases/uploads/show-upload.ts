import type { Caller } from '../../domain/access.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { Upload } from '../../domain/upload.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { findUpload } from '../access/find-owned.ts';

/**
 * The upload as the outside may see it: `committed` only once its journal entry lies in the vault, because the gateway
 * drops its snapshot on that word and a catalog lost a moment later must still find the point (PROTOCOL 15).
 */
export async function showUpload(
  { catalog }: { catalog: Pick<Catalog, 'uploads' | 'mounts'> },
  caller: Caller,
  uploadId: UploadId,
): Promise<Upload> {
  const found = await findUpload(catalog, caller, uploadId);
  if (found.state !== 'committed') return found;
  const mount = await catalog.mounts.find(found.mountId);
  // A rebuild between the two may have voided the commit, and given its number to another entry: what is read last decides.
  const upload = await findUpload(catalog, caller, uploadId);
  if (upload.state !== 'committed') return upload;
  const isJournaled = mount !== undefined && mount.journal.stored >= (upload.journalNumber ?? Infinity);
  return isJournaled ? upload : { ...upload, state: 'committing' };
}
