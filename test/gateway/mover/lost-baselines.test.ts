import { appendFile, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ParentSource } from '../../../gateway/mover/ports.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { BackupLine, type Point } from './backup-line.ts';
import { writeSparse } from './sample-tree.ts';

const mebibyte = 2 ** 20;
const block = 8192;

/** Raw bytes of the point's own packs. */
async function ownBytes(line: BackupLine, point: Point | undefined): Promise<number> {
  const packs = point ? await line.packsOf(point) : [];
  return packs.reduce(
    (sum, { owner, rawBytes }) => sum + (owner === point?.upload.uploadId ? rawBytes : 0),
    0,
  );
}

const lose = (line: BackupLine): Promise<void> => rm(line.baselineFolder, { recursive: true });

describe('a store that has lost what it kept of the last recovery point', () => {
  it('stores no content when nothing changed, and costs blocks again in the snapshot after', async () => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 4 * mebibyte));
    await writeFile(join(line.root, 'small'), randomBytes('small', 5000));
    const points = [await line.backUp()];
    await lose(line);
    points.push(await line.backUp());
    await line.write('datafile', 30 * block, randomBytes('changed', block));
    points.push(await line.backUp());

    expect(await Promise.all(points.slice(1).map((point) => ownBytes(line, point)))).toEqual([0, block]);
    expect((await readdir(join(line.baselineFolder, 'pieces'))).length).toBe(1);
    for (const point of points) await line.expectRestorable(point);
  });

  it('stores the frames in which something changed, and names the parent for the others', async () => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 6 * mebibyte));
    await writeSparse(join(line.root, 'sparse'), 6 * mebibyte + 100, [[2 * mebibyte, 'text']]);
    const points = [await line.backUp()];
    await line.write('datafile', 10 * block, randomBytes('one', block));
    points.push(await line.backUp());
    await line.write('datafile', 700 * block, randomBytes('two', block));
    await appendFile(join(line.root, 'datafile'), randomBytes('more', block));
    await truncate(join(line.root, 'sparse'), 3 * mebibyte);
    await lose(line);
    points.push(await line.backUp());

    // The frame that was no longer all in use, and the one that changed.
    const own = await ownBytes(line, points.at(-1));
    expect(own).toBeGreaterThan(block);
    expect(own).toBeLessThanOrEqual(2 * mebibyte + 2 * block);
    for (const point of points) await line.expectRestorable(point);
  });

  it.each<[string, ParentSource]>([
    ['nothing', { manifest: async () => undefined, object: async () => undefined }],
    [
      'other bytes',
      { manifest: async () => randomBytes('m', 900), object: async () => randomBytes('o', 900) },
    ],
  ])('uploads everything when the vault gives it %s', async (_, parentSource) => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 2 * mebibyte));
    const points = [await line.backUp()];
    await lose(line);

    points.push(await line.backUp({ parentSource }));

    expect(await ownBytes(line, points.at(-1))).toBe(2 * mebibyte);
    for (const point of points) await line.expectRestorable(point);
  });

  it('uploads the changed stretch of a file anew when frame tables are damaged in the vault', async () => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 2 * mebibyte));
    const points = [await line.backUp()];
    await line.write('datafile', 3 * block, randomBytes('one', block));
    await rm(join(line.baselineFolder, 'leaves'), { recursive: true });
    const object = async () => randomBytes('other', 8192);

    points.push(await line.backUp({ parentSource: { manifest: async () => undefined, object } }));

    expect(await ownBytes(line, points.at(-1))).toBe(2 * mebibyte);
    for (const point of points) await line.expectRestorable(point);
  });

  it('reads everything, and stores what changed, when the key of its tags is lost', async () => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 4 * mebibyte));
    const points = [await line.backUp()];
    const key = join(line.baselineFolder, 'strips.key');
    const lost = await readFile(key);
    await truncate(key, lost.length - 1);
    await line.write('datafile', 30 * block, randomBytes('changed', block));
    points.push(await line.backUp());

    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect((await readFile(key)).equals(lost)).toBe(false);
    expect(await ownBytes(line, points.at(-1))).toBe(block);
    for (const point of points) await line.expectRestorable(point);
  });

  it('stores again what lies in packs that are damaged, and lies as it was on the disk', async () => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 2 * mebibyte));
    const first = await line.backUp();
    await rm(join(line.baselineFolder, 'leaves'), { recursive: true });

    const second = await line.backUp({ damaged: await line.packsOf(first), trustsStats: false });

    expect((await line.packsOf(second)).map(({ owner }) => owner)).toEqual([second.upload.uploadId]);
    await line.expectRestorable(second);
  });

  it('asks for nothing while it has its own', async () => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 2 * mebibyte));
    await line.backUp();
    await line.write('datafile', 3 * block, randomBytes('one', block));
    await line.backUp();

    expect(line.fetches).toBe(0);
  });
});
