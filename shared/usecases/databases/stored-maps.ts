import type { FileMap } from '../../domain/file-map/file-map.ts';
import { decodeFileMap } from '../../domain/file-map/file-map-json.ts';
import type { MountId, UploadId } from '../../domain/ids.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Vault } from '../../ports/vault.ts';

/** A map of a point, by its number. */
interface StoredMap {
  readonly mountId: MountId;
  readonly recoveryPointId: UploadId;
  readonly number: number;
}

/** A point's stored map. Throws VAULT_OBJECT_MISSING. */
export async function readMap(
  vault: Pick<Vault, 'read'>,
  { mountId, recoveryPointId, number }: StoredMap,
): Promise<FileMap> {
  const key = formatVaultKey({ kind: 'file-map', mountId, uploadId: recoveryPointId, number });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  return decodeFileMap(source, key);
}

const lost = ['VAULT_OBJECT_MISSING', 'VAULT_OBJECT_DAMAGED', 'VAULT_FORMAT_UNSUPPORTED'];

/** Undefined where what is read is not there as it was written: reading it again gives the same. */
export async function unlessLost<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ServiceError && lost.includes(error.code)) return undefined;
    throw error;
  }
}
