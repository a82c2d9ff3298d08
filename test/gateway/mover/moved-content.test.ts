import { copyFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { BackupLine, type Point } from './backup-line.ts';
import { writeSparse } from './sample-tree.ts';

const mebibyte = 2 ** 20;
const block = 8192;

/** Raw bytes of the point's own packs. */
async function ownBytes(line: BackupLine, point: Point): Promise<number> {
  const packs = await line.packsOf(point);
  return packs.reduce(
    (sum, { owner, rawBytes }) => sum + (owner === point.upload.uploadId ? rawBytes : 0),
    0,
  );
}

/** Bytes of which every block has Oracle's format. */
function oracleBlocks(name: string, count: number): Buffer {
  const blocks = randomBytes(name, count * block);
  for (let at = 1; at < blocks.length; at += block) blocks[at] = 0xa2;
  return blocks;
}

describe('content that a new file has in common with the recovery point before', () => {
  it('is not stored again, though it stands elsewhere in a file of another name', async () => {
    const line = await BackupLine.make();
    const week1 = randomBytes('week 1', 6 * mebibyte);
    await writeFile(join(line.root, 'piece_1'), week1);
    const points = [await line.backUp()];
    await rm(join(line.root, 'piece_1'));
    // Bytes were put in front, in the middle, and taken away.
    const parts = [randomBytes('header', 12_345), week1.subarray(0, 3_000_001), randomBytes('new', 100_000)];
    await writeFile(join(line.root, 'piece_2'), Buffer.concat([...parts, week1.subarray(3_100_000)]));

    points.push(await line.backUp());

    const [first, second] = points;
    expect(second && (await ownBytes(line, second))).toBeLessThan(1.2 * mebibyte);
    // Random bytes that nobody has seen before look like what RMAN compressed.
    const group = { folder: '', files: 1 };
    expect(first?.uploaded.newFiles).toEqual([
      { ...group, bytes: week1.length, foundBytes: 0, isOpaque: true },
    ]);
    expect(second?.uploaded.newFiles).toEqual([
      { ...group, bytes: 6_303_802, foundBytes: expect.any(Number), isOpaque: false },
    ]);
    expect(second?.uploaded.newFiles[0]?.foundBytes).toBeGreaterThan(5 * mebibyte);
    for (const point of points) await line.expectRestorable(point);
  });

  it('is named again after a rename, and after a block in it had changed in place', async () => {
    const line = await BackupLine.make();
    const path = (name: string) => join(line.root, name);
    await writeFile(path('users01.dbf'), randomBytes('datafile', 5 * mebibyte));
    const points = [await line.backUp()];
    await line.write('users01.dbf', 300 * block, randomBytes('changed', block));
    points.push(await line.backUp());
    await rename(path('users01.dbf'), path('users02.dbf'));
    await copyFile(path('users02.dbf'), path('copy of it'));

    points.push(await line.backUp());

    const [, , third] = points;
    // Twice the pieces that the changed block lies in, for these are not known.
    expect(third && (await ownBytes(line, third))).toBeLessThan(2 * mebibyte);
    for (const point of points) await line.expectRestorable(point);
  });

  it('is found by whole blocks where it consists of them, and by bytes beside them', async () => {
    const line = await BackupLine.make();
    const [datafile, other] = [oracleBlocks('datafile', 640), randomBytes('other', 3 * mebibyte)];
    await writeFile(join(line.root, 'copy'), Buffer.concat([datafile, other]));
    const points = [await line.backUp()];
    await rm(join(line.root, 'copy'));
    // Blocks that were never used are left out, and what is no blocks is shifted by less than one.
    const kept = [datafile.subarray(0, 200 * block), datafile.subarray(207 * block)];
    const parts = [oracleBlocks('header', 3), ...kept, randomBytes('byte', 77), other];
    await writeFile(join(line.root, 'piece'), Buffer.concat(parts));

    points.push(await line.backUp());

    const [, second] = points;
    expect(second?.uploaded.newFiles[0]?.foundBytes).toBeGreaterThan(6.5 * mebibyte);
    expect(second && (await ownBytes(line, second))).toBeLessThan(1.5 * mebibyte);
    for (const point of points) await line.expectRestorable(point);
  });

  it('is stored again when its pack is damaged, when lists are spoilt, and when nobody asks', async () => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'a'), randomBytes('content', 3 * mebibyte));
    const points = [await line.backUp()];
    const [first] = points;
    const renamed = async (from: string, to: string) => rename(join(line.root, from), join(line.root, to));
    const lists = async () =>
      (await readdir(join(line.baselineFolder, 'pieces'))).map((name) =>
        join(line.baselineFolder, 'pieces', name),
      );
    const all = 3 * mebibyte;

    await renamed('a', 'b');
    points.push(await line.backUp({ damaged: first ? await line.packsOf(first) : [] }));
    await renamed('b', 'c');
    for (const list of await lists()) await writeFile(list, randomBytes('other', 5000));
    points.push(await line.backUp());
    await renamed('c', 'd');
    points.push(await line.backUp());
    await renamed('d', 'e');
    points.push(await line.backUp({ findsMoved: false }));

    expect(await Promise.all(points.map((point) => ownBytes(line, point)))).toEqual([all, all, all, 0, all]);
    expect(await lists()).toEqual([]);
    for (const point of points) await line.expectRestorable(point);
  });

  it('leaves holes and zeros what they are', async () => {
    const line = await BackupLine.make();
    const part = randomBytes('part', 700_000);
    await writeFile(
      join(line.root, 'a'),
      Buffer.concat([part, Buffer.alloc(2 * mebibyte), part.subarray(0, 300_000)]),
    );
    const points = [await line.backUp()];
    await rename(join(line.root, 'a'), join(line.root, 'b'));
    await writeSparse(join(line.root, 'c'), 4 * mebibyte, [[mebibyte, 'text']]);

    points.push(await line.backUp());

    const [, second] = points;
    expect(second && (await ownBytes(line, second))).toBeLessThan(300_000);
    for (const point of points) await line.expectRestorable(point);
  });
});
