import { createHash, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyOf } from '../../../../gateway/encryption/key-file.ts';
import { codecs } from '../../../../shared/domain/vault/compression.ts';
import { frameHash, keyedHash } from '../../../../shared/domain/vault/digest.ts';
import { bindDataKey } from '../../../../shared/domain/vault/encryption/data-key.ts';
import { nonceOf } from '../../../../shared/domain/vault/encryption/frame-cipher.ts';
import { MountKeys } from '../../../../shared/domain/vault/encryption/mount-keys.ts';
import { PackWriter } from '../../../../shared/domain/vault/pack.ts';
import { mountId, uploadIds } from '../vault-arbitraries.ts';

const [owner] = uploadIds;
const dataKey = Buffer.from(Array.from({ length: 32 }, (_, byte) => byte));
const abc = Buffer.from('abc');

/** What this code makes of the inputs of docs/format.md 14.6, in the words of its table. */
function computed(): Record<string, string> {
  const keys = new MountKeys(dataKey, { mountId, generation: 1 });
  const ofPack = keys.of('pack', { owner, number: 1 });
  const writer = new PackWriter(Buffer.alloc(4096), ofPack);
  const hashes = { leaf: keyedHash(keys.content.leaf), frame: keyedHash(keys.content.frame) };
  const hash = frameHash(abc, hashes).toString('hex');
  writer.add({ stored: abc, rawBytes: 3, hash, codec: codecs.raw });
  const { bytes } = writer.seal();
  const salt = bytes.subarray(16, 48);
  const derive = (purpose: string) =>
    Buffer.from(hkdfSync('sha256', dataKey, '', `holdfast 1 ${purpose}\n${mountId}\n1`, 32));
  const binding = { mountId, generation: 1, firstUploadId: owner };
  const values: Record<string, Uint8Array> = {
    '`mac` key': derive('mac'),
    '`salt` key': derive('salt'),
    '`frame hash` key': keys.content.frame,
    '`leaf` key': keys.content.leaf,
    '`cut` key': keys.content.cut,
    'key of the pack with the salt 20 21 … 3f': ofPack.frameKey(dataKey.map((byte) => byte + 32)),
    'digest of the leaf `abc`': keyedHash(keys.content.leaf)(abc),
    'hash of the frame `abc` in a pack of version 1': hashes.frame(abc),
    'hash of the frame `abc` in a pack of version 2': Buffer.from(hash, 'hex'),
    'salt of a pack of version 2 whose only frame is `abc`, codec 0': salt,
    'its key': ofPack.frameKey(salt),
    'its frame as stored, with the nonce of zeros': bytes.subarray(64, 64 + 19),
    'the MAC of its trailer': bytes.subarray(-96 + 44, -96 + 76),
    'MAC of a manifest whose lines before `end` are `{}`': keys.startManifestMac().update('{}\n').digest(),
    'hash that is wrapped with the data key': bindDataKey(dataKey, binding).subarray(32),
    'key that this secret wraps with': Buffer.from(hkdfSync('sha256', dataKey, '', 'holdfast wrap 1', 32)),
  };
  const inHex = Object.entries(values).map(([what, value]) => [what, Buffer.from(value).toString('hex')]);
  return { ...Object.fromEntries(inHex), '`keyId` of the secret 00 01 … 1f': keyOf(dataKey, '').keyId };
}

test('keys, hashes, salt, frame and MACs are those that the description of the format lists', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/format.md'), 'utf8');
  const [, table = ''] = page.split('### 14.6 Known answers');
  const rows = [...table.matchAll(/^\| (.+) \| `([^`]+)` \|$/gmu)].map(([, what, value]) => [what, value]);

  expect(rows).toHaveLength(17);
  expect(computed()).toEqual(Object.fromEntries(rows));
});

test('the nonce of a frame is its number, in the last four of twelve bytes', () => {
  expect(nonceOf(0x01_02_03).toString('hex')).toBe('000000000000000000010203');
  expect(createHash('sha256').update(nonceOf(0)).digest('hex')).toBe(
    createHash('sha256').update(Buffer.alloc(12)).digest('hex'),
  );
});
