import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { restoreSnapshot } from '../../../gateway/mover/restore/restore-snapshot.ts';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import { readManifest } from '../../../shared/domain/vault/manifest-reader.ts';
import type { ManifestHeader, PackRow } from '../../../shared/domain/vault/manifest-rows.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { BackupLine, type Point } from '../mover/backup-line.ts';
import { encryptionWith } from './line-keys.ts';

const mebibyte = 2 ** 20;
const block = 8192;
const secret = 'nobody but the customer may read this line. ';

async function makeLine(letter: string | undefined = 'a'): Promise<BackupLine> {
  const line = await BackupLine.make();
  if (letter) line.encryption = encryptionWith(letter, line.mountId);
  await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 2 * mebibyte));
  await writeFile(join(line.root, 'text'), secret.repeat(200));
  return line;
}

const ownPacks = async (line: BackupLine, point: Point): Promise<PackRow[]> =>
  (await line.packsOf(point)).filter(({ owner }) => owner === point.upload.uploadId);

const rawBytes = (packs: readonly PackRow[]): number => packs.reduce((sum, pack) => sum + pack.rawBytes, 0);

async function objectsOf(line: BackupLine): Promise<Map<string, Buffer>> {
  const { versions } = await line.service.vault.listVersions({ prefix: '' });
  const read = async (key: string) => [key, await line.source.get(key)] as const;
  return new Map(await Promise.all(versions.map(({ key }) => read(key))));
}

describe('the line of an encrypted mount', () => {
  it('costs blocks, is committed by the service, and comes back, though what the store kept is lost', async () => {
    const line = await makeLine();
    const points = [await line.backUp()];
    await line.write('datafile', 30 * block, randomBytes('changed', block));
    points.push(await line.backUp());
    await rm(line.baselineFolder, { recursive: true });
    await appendFile(join(line.root, 'text'), 'more');
    // Content that moved is found under the mount's own cuts, as far as they are known again.
    await line.write('datafile', 40 * block, randomBytes('changed too', block));
    points.push(await line.backUp());

    const [, second, third] = await Promise.all(
      points.map(async (point) => rawBytes(await ownPacks(line, point))),
    );
    expect(second).toBe(block);
    // The frame that changed, and the small file.
    expect(third).toBeLessThanOrEqual(mebibyte + secret.length * 200 + 4);
    for (const point of points.slice(1)) await line.expectRestorable(point);
  });

  it('tells nobody what is in its files, and gives nothing back to a wrong key', async () => {
    const line = await makeLine();
    const { upload, uploaded } = await line.backUp();
    const { mountId, uploadId } = upload;
    const { manifestSha256 } = uploaded;
    const objects = await objectsOf(line);
    const key = `v1/mounts/${mountId}/uploads/${uploadId}/manifest-${manifestSha256}.zst`;
    const rows = await Array.fromAsync(
      readManifest([objects.get(key) ?? Buffer.alloc(0)], key, line.encryption?.keys),
    );
    const order = { mountId, uploadId, manifestSha256, source: line.source };
    const destination = join(line.folder, 'chosen');
    const withKey = (letter: string) => ({
      findKeys: async (_: ManifestHeader) => encryptionWith(letter, mountId).keys,
    });

    const wrong = restoreSnapshot({ ...order, destination, ...withKey('b') });
    await expect(wrong).rejects.toThrow(/MAC is another/);
    await expect(restoreSnapshot({ ...order, destination })).rejects.toMatchObject({
      code: 'ENCRYPTION_KEY_WRONG',
      message: `mount ${mountId}: is encrypted under key key-a, which this gateway does not have: add it to encryption.keys`,
    });
    // A small part of a pack, by ranges.
    const paths = [Buffer.from('text')];
    const restored = await restoreSnapshot({ ...order, destination, paths, ...withKey('a') });

    expect(restored).toMatchObject({ files: 1, bytes: secret.length * 200 });
    expect(rows[0]).toMatchObject({ header: { encryption: line.encryption?.dataKey } });
    expect(rows.at(-1)).toMatchObject({ row: 'end', mac: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const everything = Buffer.concat([...objects.values()]);
    const frames = [
      Buffer.from(secret.repeat(200)),
      randomBytes('datafile', 2 * mebibyte).subarray(0, mebibyte),
    ];
    for (const frame of frames) expect(everything.includes(Buffer.from(sha256Hex(frame), 'hex'))).toBe(false);
    expect(everything.includes(secret)).toBe(false);
    expect(everything.includes(randomBytes('datafile', 100))).toBe(false);
  });

  it('begins anew where encryption is switched on or its data key renewed, and does not end by oversight', async () => {
    const line = await makeLine('');
    await writeFile(join(line.root, 'datafile'), randomBytes('small', 3000));
    const size = 3000 + secret.length * 200;
    const clear = await line.backUp();
    line.encryption = encryptionWith('a', line.mountId);
    const encrypted = await line.backUp();
    line.encryption = undefined;
    const upload = await line.openUpload();

    const oversight = line.send(upload);
    await expect(oversight).rejects.toMatchObject({ code: 'ENCRYPTION_MISSING', path: line.mountId });
    line.encryption = encryptionWith('b', line.mountId, 2);
    const renewed = await line.send(upload);
    await line.commit(upload, renewed);
    line.encryption = undefined;
    const last = await line.openUpload();
    await line.commit(last, await line.send(last, { endsEncryption: true }));

    const made = [encrypted, { upload, uploaded: renewed, facts: encrypted.facts }];
    for (const point of made) {
      const packs = await line.packsOf(point);
      expect(packs.every(({ owner }) => owner === point.upload.uploadId)).toBe(true);
      expect(rawBytes(packs)).toBe(size);
    }
    line.encryption = encryptionWith('a', line.mountId);
    for (const point of [clear, encrypted]) await line.expectRestorable(point);
  });

  it('goes on after a crash without sending again what had arrived', async () => {
    const line = await makeLine();
    const sent: string[] = [];
    let crashes = 0;

    await line.backUp({
      onPut: ({ kind, number }) => {
        sent.push(`${kind} ${number}`);
        if (kind === 'map' && crashes++ === 0) throw new Error('killed');
      },
    });

    // Of the second attempt the vault took the manifest only: packs and maps were the same, byte for byte.
    expect(sent.toSorted()).toEqual(['manifest 0', 'map 1', 'pack 1']);
  });
});
