import { formatVaultKey } from '../../domain/vault/keys.ts';
import { readManifestHead } from '../../domain/vault/manifest-reader.ts';
import type { ObjectRow } from '../../domain/vault/manifest-rows.ts';
import { refKey } from '../../domain/vault/pack-ref.ts';
import { ServiceError } from '../../errors.ts';
import type { Vault } from '../../ports/vault.ts';
import type { CommittingUpload } from '../commit/find-committing.ts';

/**
 * Whatever is not the upload's own must stand in the tables of the pinned parent, the same to the byte (PROTOCOL 2):
 * anything else may be reclaimed at any moment, whatever an older index knows of it.
 */
export async function requireInParent(
  { uploadId, parent }: Pick<CommittingUpload, 'uploadId' | 'parent'>,
  rows: readonly ObjectRow[],
  readObjects: () => Promise<readonly ObjectRow[]>,
): Promise<void> {
  const foreign = rows.filter(({ owner }) => owner !== uploadId);
  if (foreign.length === 0) return;
  const invalid = (row: ObjectRow, why: string) =>
    new ServiceError(
      'COMMIT_REFERENCE_INVALID',
      `${row.kind} ${refKey(row)} is not the upload's own and ${why}`,
    );
  const [first] = foreign;
  if (first !== undefined && parent === undefined) throw invalid(first, 'there is no parent');
  if (parent === undefined) return;

  const identity = (row: ObjectRow) =>
    `${row.kind} ${refKey(row)} ${row.sha256} ${row.storedBytes} ${row.tableSha256}`;
  const known = new Set((await readObjects()).map(identity));
  const unknown = foreign.find((row) => !known.has(identity(row)));
  if (unknown !== undefined) throw invalid(unknown, `not in the tables of parent ${parent.uploadId}`);
}

/** The tables of the pinned parent; none where there is none. Throws VAULT_OBJECT_MISSING. */
export async function readParentObjects(
  vault: Pick<Vault, 'read'>,
  { mountId, parent }: Pick<CommittingUpload, 'mountId' | 'parent'>,
): Promise<readonly ObjectRow[]> {
  if (parent === undefined) return [];
  const key = formatVaultKey({
    kind: 'manifest',
    mountId,
    uploadId: parent.uploadId,
    sha256: parent.manifestSha256,
  });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  return (await readManifestHead(source, key)).objects;
}
