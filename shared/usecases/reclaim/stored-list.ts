import type { MountId } from '../../domain/ids.ts';
import {
  type DeletionList,
  decodeDeletionList,
  type EncodedList,
  encodeDeletionList,
} from '../../domain/reclaim/deletion-list.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Vault } from '../../ports/vault.ts';

const keyOf = (mountId: MountId, sha256: string) =>
  formatVaultKey({ kind: 'deletion-list', mountId, sha256 });

/** Brings a list to the vault. The same list again is the same object. */
export async function storeDeletionList(
  vault: Pick<Vault, 'putOnce'>,
  list: DeletionList,
): Promise<EncodedList> {
  const encoded = await encodeDeletionList(list);
  const result = await vault.putOnce(keyOf(list.mountId, encoded.sha256), encoded.bytes);
  if (result.outcome === 'exists' && !encoded.bytes.equals(result.bytes)) {
    throw new ServiceError('VAULT_OBJECT_DAMAGED', `${keyOf(list.mountId, encoded.sha256)} has other bytes`);
  }
  return encoded;
}

/** A stored list, as it was stored. Throws VAULT_OBJECT_MISSING. */
export async function readDeletionList(
  vault: Pick<Vault, 'read'>,
  mountId: MountId,
  sha256: string,
): Promise<DeletionList> {
  const object = keyOf(mountId, sha256);
  const source = await vault.read(object);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${object} is not in the vault`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return decodeDeletionList(Buffer.concat(chunks), { sha256, mountId, object });
}
