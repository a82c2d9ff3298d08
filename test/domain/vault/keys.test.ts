import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatVaultKey,
  parseVaultKey,
  uploadPrefix,
  type VaultKey,
} from '../../../shared/domain/vault/keys.ts';
import { mountId, sha256s, uploadIds, uploads } from './vault-arbitraries.ts';

const [upload] = uploadIds;
const sha256 = 'ab'.repeat(32);
const ofUpload = `v1/mounts/${mountId}/uploads/${upload}/`;

const cases: [VaultKey, string][] = [
  [{ kind: 'pack', mountId, uploadId: upload, number: 7, sha256 }, `${ofUpload}packs/00000007-${sha256}`],
  [
    { kind: 'map', mountId, uploadId: upload, number: 12_345_678, sha256 },
    `${ofUpload}maps/12345678-${sha256}`,
  ],
  [{ kind: 'log', mountId, uploadId: upload, number: 1, sha256 }, `${ofUpload}logs/00000001-${sha256}`],
  [
    { kind: 'log-map', mountId, uploadId: upload, number: 1, sha256 },
    `${ofUpload}logs/00000001-${sha256}.map.json.zst`,
  ],
  [{ kind: 'manifest', mountId, uploadId: upload, sha256 }, `${ofUpload}manifest-${sha256}.zst`],
  [{ kind: 'recovery-point', mountId, uploadId: upload }, `${ofUpload}recovery-point.json`],
  [{ kind: 'file-map', mountId, uploadId: upload, number: 2 }, `${ofUpload}file-map-00000002.json.zst`],
  [{ kind: 'judgement', mountId, uploadId: upload, number: 2 }, `${ofUpload}judgement-00000002.json.zst`],
  [{ kind: 'plan', mountId, sha256 }, `v1/mounts/${mountId}/plans/${sha256}`],
  [{ kind: 'journal', mountId, number: 42 }, `v1/mounts/${mountId}/journal/000000000042`],
];

describe('keys of the vault', () => {
  it.each(cases)('writes and reads the key of %o', (key, text) => {
    expect(formatVaultKey(key)).toBe(text);
    expect(parseVaultKey(text)).toEqual(key);
  });

  it('list in the order of their numbers', () => {
    const numbers = fc.integer({ min: 1, max: 99_999_999 });
    fc.assert(
      fc.property(numbers, numbers, sha256s, sha256s, (one, other, hashOne, hashOther) => {
        const write = (number: number, hash: string) =>
          formatVaultKey({ kind: 'pack', mountId, uploadId: upload, number, sha256: hash });
        if (one !== other) expect(write(one, hashOne) < write(other, hashOther)).toBe(one < other);
      }),
    );
  });

  it('lie under the prefix of their upload', () => {
    fc.assert(
      fc.property(uploads, sha256s, (uploadId, hash) => {
        const key = formatVaultKey({ kind: 'map', mountId, uploadId, number: 1, sha256: hash });
        expect(key.startsWith(uploadPrefix(mountId, uploadId))).toBe(true);
      }),
    );
  });

  it.each([
    '',
    'v1/',
    `v2/mounts/${mountId}/journal/000000000042`,
    `/v1/mounts/${mountId}/journal/000000000042`,
    `v1/mounts/${mountId}/journal/000000000000`,
    `v1/mounts/${mountId}/journal/42`,
    `v1/mounts/mnt-1/journal/000000000042`,
    `v1/mounts/../journal/000000000042`,
    `v1/mounts/${mountId}/uploads/01K/recovery-point.json`,
    `${ofUpload}recovery-point.json/`,
    `${ofUpload}packs/00000000-${sha256}`,
    `${ofUpload}packs/7-${sha256}`,
    `${ofUpload}packs/000000007-${sha256}`,
    `${ofUpload}packs/00000007-${sha256.toUpperCase()}`,
    `${ofUpload}packs/00000007-${sha256}\n`,
    `${ofUpload}packs/00000007-${sha256}.map.json.zst`,
    `${ofUpload}packs/00000007-${sha256.slice(1)}`,
    `${ofUpload}other/00000007-${sha256}`,
    `${ofUpload}file-map-1.json.zst`,
    `${ofUpload}manifest-${sha256}.zst.zst`,
  ])('does not take %j for a key', (text) => {
    expect(parseVaultKey(text)).toBeUndefined();
  });

  it.each([
    { kind: 'pack', mountId, uploadId: upload, number: 0, sha256 },
    { kind: 'pack', mountId, uploadId: upload, number: 100_000_000, sha256 },
    { kind: 'pack', mountId, uploadId: upload, number: 1.5, sha256 },
    { kind: 'manifest', mountId, uploadId: upload, sha256: '../../x' },
  ] as VaultKey[])('refuses to write %o', (key) => {
    expect(() => formatVaultKey(key)).toThrow(RangeError);
  });
});
