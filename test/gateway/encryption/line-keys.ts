import type { SnapshotEncryption } from '../../../gateway/mover/upload/upload-snapshot.ts';
import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import { MountKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';

/** Keys of a data key that a test names by a letter; nothing here looks at how it is wrapped. */
export function encryptionWith(letter: string, mountId: MountId, generation = 1): SnapshotEncryption {
  const firstUploadId = '01K0000000000000000000000A' as UploadId;
  return {
    keys: new MountKeys(Buffer.alloc(32, letter), { mountId, generation }),
    dataKey: { generation, firstUploadId, keyId: `key-${letter}`, wrapped: 'AAAA' },
  };
}
