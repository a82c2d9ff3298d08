import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileWrapper } from '../../../../gateway/encryption/file-wrapper.ts';
import { keyOf } from '../../../../gateway/encryption/key-file.ts';
import type { FindKeys } from '../../../../gateway/mover/restore/fetch-manifest.ts';
import type { MountId, UploadId } from '../../../../shared/domain/ids.ts';
import { unbindDataKey, type WrappedDataKey } from '../../../../shared/domain/vault/encryption/data-key.ts';
import { MountKeys } from '../../../../shared/domain/vault/encryption/mount-keys.ts';

/** What was backed up under a path. */
export interface Facts {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Microseconds. */
  readonly mtime: number;
  readonly size?: number;
  readonly sha256?: string;
  readonly first?: string;
  readonly target?: string;
}

/** The key that the vault's data key is wrapped under stands beside it: it protects nothing. */
interface Expected {
  readonly mountId: MountId;
  readonly secret: string;
  readonly dataKey: WrappedDataKey;
  readonly points: readonly {
    readonly uploadId: UploadId;
    readonly manifestSha256: string;
    readonly facts: readonly (readonly [string, Facts])[];
  }[];
}

/** An encrypted golden vault, with the keys to it. */
export function openEncrypted(vault: string) {
  const expected: Expected = JSON.parse(readFileSync(join(vault, 'expected.json'), 'utf8'));
  const secret = Buffer.from(expected.secret, 'base64');
  const unwrap = async (mountId: MountId, wrapped: WrappedDataKey): Promise<MountKeys> => {
    const wrapper = fileWrapper(keyOf(secret, ''));
    if (wrapped.keyId !== wrapper.keyId) throw new Error('another key');
    const dataKey = unbindDataKey(await wrapper.unwrap(wrapped.wrapped), { ...wrapped, mountId });
    return new MountKeys(dataKey ?? Buffer.alloc(32), { ...wrapped, mountId });
  };
  const findKeys: FindKeys = async ({ mountId, encryption }) => encryption && unwrap(mountId, encryption);
  return { ...expected, secret, unwrap, findKeys };
}
