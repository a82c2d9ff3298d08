import { compress } from '../../../../shared/domain/vault/compression.ts';
import { frameHash, keyedHash } from '../../../../shared/domain/vault/digest.ts';
import type { ContainerKeys } from '../../../../shared/domain/vault/encryption/mount-keys.ts';
import { MountKeys } from '../../../../shared/domain/vault/encryption/mount-keys.ts';
import { openFrame, openWholePack, PackWriter } from '../../../../shared/domain/vault/pack.ts';
import { mountId, uploadIds } from '../vault-arbitraries.ts';

export const keys = new MountKeys(Buffer.alloc(32, 'k'), { mountId, generation: 1 });
export const here = { owner: uploadIds[0], number: 1 };

const hashes = { leaf: keyedHash(keys.content.leaf), frame: keyedHash(keys.content.frame) };

export function sealedPackOf(
  frames: readonly Buffer[],
  of: ContainerKeys = keys.of('pack', here),
  level = 1,
) {
  const writer = new PackWriter(Buffer.alloc(2 ** 20), of);
  for (const raw of frames) {
    writer.add({
      ...compress(raw, level),
      rawBytes: raw.length,
      hash: frameHash(raw, hashes).toString('hex'),
    });
  }
  return writer.seal();
}

export function openSealedPack(bytes: Buffer, of: ContainerKeys = keys.of('pack', here)): Buffer[] {
  const { frames, salt } = openWholePack(bytes, 'pack 1', undefined, of);
  const key = of.frameKey(salt);
  return frames.map((frame, number) => {
    const stored = bytes.subarray(frame.offset, frame.offset + frame.storedBytes);
    return openFrame(frame, stored, `pack 1 frame ${number}`, { key, number, hashes });
  });
}
