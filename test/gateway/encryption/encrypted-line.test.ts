import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { restoreSnapshot } from '../../../gateway/mover/restore-snapshot.ts';
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
    points.push(await line.backUp());
    // Content that moved is found under the mount's own cuts.
    await writeFile(
      join(line.root, 'moved'),
      Buffer.concat([randomBytes('new', 5000), randomBytes('datafile', 2 * mebibyte)]),
    );
    points.push(await line.backUp());

    const [, second, third, fourth] = await Promise.all(
      points.map(async (point) => rawBytes(await ownPacks(line, point))),
    );
    expect(second).toBe(block);
    expect(third).toBe(secret.length * 200 + 4);
    expect(fourth).toBeLessThan(mebibyte);
    for (const point of points) await line.expectRestorable(point);
  });

  it('tells nobody what is in its files: neither content nor the plain hash of any is in the vault', async () => {
    const line = await makeLine();
    await line.backUp();

    const everything = Buffer.concat([...(await objectsOf(line)).values()]);

    const file = Buffer.from(secret.repeat(200));
    const frames = [file, randomBytes('datafile', 2 * mebibyte).subarray(0, mebibyte)];
    for (const frame of frames) expect(everything.includes(Buffer.from(sha256Hex(frame), 'hex'))).toBe(false);
    expect(everything.includes(secret)).toBe(false);
    expect(everything.includes(randomBytes('datafile', 100))).toBe(false);
  });

  it('begins anew where encryption is switched on, and the points from before stay readable', async () => {
    const line = await makeLine('');
    const clear = await line.backUp();
    line.encryption = encryptionWith('a', clear.upload.mountId);

    const encrypted = await line.backUp();

    const packs = await line.packsOf(encrypted);
    expect(packs.map(({ owner }) => owner)).toEqual(packs.map(() => encrypted.upload.uploadId));
    expect(rawBytes(packs)).toBe(2 * mebibyte + secret.length * 200);
    for (const point of [clear, encrypted]) await line.expectRestorable(point);
  });

  it('is not continued in clear by oversight, nor with another data key', async () => {
    const line = await makeLine();
    const first = await line.backUp();
    const { encryption } = line;
    line.encryption = encryptionWith('b', line.mountId, 2);
    const renewed = await line.backUp();
    line.encryption = undefined;
    const upload = await line.openUpload();

    await expect(line.send(upload)).rejects.toMatchObject({ code: 'ENCRYPTION_MISSING', path: line.mountId });
    await line.commit(upload, await line.send(upload, { endsEncryption: true }));

    expect((await line.packsOf(renewed)).every(({ owner }) => owner === renewed.upload.uploadId)).toBe(true);
    line.encryption = encryptionWith('b', line.mountId, 2);
    await line.expectRestorable(renewed);
    line.encryption = encryption;
    await line.expectRestorable(first);
  });

  it('goes on after a crash without sending a pack again that had arrived', async () => {
    const line = await makeLine();
    await writeFile(join(line.root, 'large'), randomBytes('large', 14 * mebibyte));
    const sent: string[] = [];
    let crashes = 0;

    const point = await line.backUp({
      onPut: ({ kind, number }) => {
        sent.push(`${kind} ${number}`);
        if (kind === 'pack' && number === 1 && crashes++ === 0) throw new Error('killed');
      },
    });

    expect(crashes).toBe(1);
    expect(new Set(sent).size).toBe(sent.length);
    expect(sent.filter((name) => name.startsWith('pack'))).toHaveLength(2);
    await line.expectRestorable(point);
  });

  it('restores chosen files by ranges of packs, and nothing with a wrong key', async () => {
    const line = await makeLine();
    const { upload, uploaded } = await line.backUp();
    const { mountId, uploadId } = upload;
    const order = { mountId, uploadId, manifestSha256: uploaded.manifestSha256, source: line.source };
    const destination = join(line.folder, 'chosen');
    const paths = [Buffer.from('text')];

    const wrong = encryptionWith('b', mountId).keys;
    const withKey = (keys: typeof wrong) => ({ findKeys: async (_: ManifestHeader) => keys });
    await expect(restoreSnapshot({ ...order, destination, ...withKey(wrong) })).rejects.toThrow(
      /MAC is another/,
    );
    await expect(restoreSnapshot({ ...order, destination })).rejects.toMatchObject({
      code: 'ENCRYPTION_KEY_WRONG',
      message: `mount ${mountId}: is encrypted under key key-a, which this gateway does not have: add it to encryption.keys`,
    });
    const right = line.encryption?.keys ?? wrong;
    const restored = await restoreSnapshot({ ...order, destination, paths, ...withKey(right) });

    expect(restored).toMatchObject({ files: 1, bytes: secret.length * 200 });
  });

  it('has a manifest that says how it is encrypted and ends in a MAC', async () => {
    const line = await makeLine();
    const { upload, uploaded } = await line.backUp();
    const key = `v1/mounts/${upload.mountId}/uploads/${upload.uploadId}/manifest-${uploaded.manifestSha256}.zst`;

    const rows = await Array.fromAsync(
      readManifest([await line.source.get(key)], key, line.encryption?.keys),
    );

    expect(rows[0]).toMatchObject({ header: { encryption: line.encryption?.dataKey } });
    expect(rows.at(-1)).toMatchObject({ row: 'end', mac: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });
});
