import {
  appendFile,
  copyFile,
  link,
  mkdir,
  readdir,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StoredObject } from '../../../gateway/mover/ports.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { BackupLine, type Point } from './backup-line.ts';
import { writeSparse } from './sample-tree.ts';

const mebibyte = 2 ** 20;
const block = 8192;

const changes: Record<string, (path: string) => Promise<void>> = {
  'cut short in the middle of a block': (path) => truncate(path, mebibyte + 4321),
  'cut short to nothing': (path) => truncate(path, 0),
  'cut to a single frame': (path) => truncate(path, 9000),
  'longer by part of a block': (path) => appendFile(path, 'more'),
  'longer by a hole': (path) => truncate(path, 2 * mebibyte + 7),
  removed: (path) => rm(path),
  renamed: (path) => rename(path, `${path} now`),
  copied: (path) => copyFile(path, `${path} now`),
  'given a second name that comes first': (path) => link(path, join(path, '../a')),
  'a folder now': (path) => rm(path).then(() => mkdir(path)),
  'made anew with other content': (path) => writeFile(path, randomBytes('other', mebibyte)),
  'made anew and sparse': (path) => rm(path).then(() => writeSparse(path, 2 * mebibyte, [[block, 'x']])),
};

describe('the second snapshot of a mount', () => {
  it('stores the changed blocks of a file and names the parent for the others', async () => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 3 * mebibyte));
    const first = await line.backUp();
    for (const number of [0, 1, 70, 200, 383])
      await line.write('datafile', number * block, randomBytes(`${number}`, block));

    const second = await line.backUp();

    expect(second.uploaded.storedBytes).toBeLessThan(6 * block + 4096);
    expect(
      (await line.packsOf(second)).map(({ owner, referencedBytes }) => [owner, referencedBytes]),
    ).toEqual([
      [first.upload.uploadId, 3 * mebibyte - 5 * block],
      [second.upload.uploadId, 5 * block],
    ]);
    await line.expectRestorable(first);
    await line.expectRestorable(second);
  });

  it('stores no content at all when nothing changed, whether files are read or not', async () => {
    const line = await BackupLine.make();
    await mkdir(join(line.root, 'folder'));
    await writeFile(join(line.root, 'folder/large'), randomBytes('large', 3 * mebibyte));
    await writeFile(join(line.root, 'small'), randomBytes('small', 3000));
    await writeFile(join(line.root, 'empty'), '');
    await writeSparse(join(line.root, 'sparse'), 3 * mebibyte, [[2 * mebibyte, 'text']]);
    const points = [await line.backUp()];

    points.push(await line.backUp({ trustsStats: true }));
    points.push(await line.backUp({ trustsStats: false }));

    for (const point of points.slice(1)) expect(point.uploaded).toMatchObject({ packs: 0, files: 4 });
    for (const point of points) await line.expectRestorable(point);
  });

  it('reads a file whose content changed under the same size and modification time', async () => {
    const line = await BackupLine.make();
    const path = join(line.root, 'datafile');
    await writeFile(path, randomBytes('datafile', 2 * mebibyte));
    const { mtime } = await stat(path);
    await line.backUp();
    await line.write('datafile', 5 * block, randomBytes('changed', block));
    await utimes(path, mtime, mtime);

    const second = await line.backUp();

    expect(second.uploaded.packs).toBe(1);
    await line.expectRestorable(second);
  });

  it('reads what was written just before the freeze once more', async () => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 2 * mebibyte));
    const upload = await line.openUpload();
    const requestedAt = new Date().toISOString() as typeof upload.requestedAt;
    const { mountId, uploadId, snapName, openedAt: serviceAt } = upload;
    const identity = { mountId, uploadId, parent: null, snapName, serviceAt, requestedAt };
    await line.commit(upload, await line.send(upload, { identity }));
    const reads: number[] = [];

    await line.backUp({ onProgress: ({ bytesDone }) => reads.push(bytesDone) });

    // Two windows, not one file taken as a whole.
    expect(reads).toEqual([mebibyte, 2 * mebibyte]);
  });

  it('gathers scattered blocks of a file in frames, and zeros in none', async () => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 4 * mebibyte));
    await line.backUp();
    for (let number = 0; number < 512; number += 10)
      await line.write('datafile', number * block, Buffer.alloc(block, `${number}`));
    await line.write('datafile', 101 * block, Buffer.alloc(3 * block));

    const second = await line.backUp();

    const [, own] = await line.packsOf(second);
    expect(own).toMatchObject({ rawBytes: 52 * block, referencedBytes: 52 * block });
    expect(own?.storedBytes).toBeLessThan(10_000);
    await line.expectRestorable(second);
  });

  it('gathers blocks of several files in one frame, whatever lies between them', async () => {
    const line = await BackupLine.make();
    for (const name of ['a', 'b', 'd', 'f'])
      await writeFile(join(line.root, name), randomBytes(name, 1.5 * mebibyte));
    await mkdir(join(line.root, 'c'));
    await writeFile(join(line.root, 'e'), 'small');
    await line.backUp();
    for (const name of ['a', 'd', 'f']) await line.write(name, 7 * block, Buffer.alloc(block, name));
    await writeFile(join(line.root, 'e'), 'other');
    const puts: StoredObject[] = [];

    const second = await line.backUp({ onPut: (object) => void puts.push(object) });

    const [own] = puts.filter(({ kind }) => kind === 'pack');
    expect((await line.framesOf(second, own)).map(({ rawBytes }) => rawBytes)).toEqual([5, 3 * block]);
    await line.expectRestorable(second);
    const third = await line.backUp();
    expect(third.uploaded.packs).toBe(0);
    await line.expectRestorable(third);
  });

  it('is right however files change', async () => {
    const line = await BackupLine.make();
    for (const name of Object.keys(changes)) {
      await writeFile(join(line.root, name), randomBytes(name, 1.5 * mebibyte + 321));
    }
    const points = [await line.backUp()];
    for (const [name, change] of Object.entries(changes)) await change(join(line.root, name));

    points.push(await line.backUp());
    points.push(await line.backUp({ trustsStats: false }));

    for (const point of points) await line.expectRestorable(point);
    expect(points.at(-1)?.uploaded.packs).toBe(0);
  });

  it('compares by the block size in the header of a datafile, and anew when that changes', async () => {
    const line = await BackupLine.make();
    const content = randomBytes('datafile', 2 * mebibyte);
    const header = (blockBytes: number) => {
      const bytes = Buffer.alloc(32);
      bytes.writeUInt32LE(blockBytes, 20);
      bytes.writeUInt32LE(0x7a7b7c7d, 28);
      return bytes;
    };
    await writeFile(join(line.root, 'datafile'), Buffer.concat([header(2048), content.subarray(32)]));
    const points = [await line.backUp()];
    await line.write('datafile', 100 * 2048, randomBytes('changed', 2048));
    points.push(await line.backUp());
    await line.write('datafile', 0, header(32_768));
    points.push(await line.backUp({ findsMoved: false }));

    const ownBytes = (await Promise.all(points.map((point) => line.packsOf(point)))).map(
      (packs) => packs.at(-1)?.rawBytes,
    );
    expect(ownBytes).toEqual([2 * mebibyte, 2048, 2 * mebibyte]);
    for (const point of points) await line.expectRestorable(point);
  });

  it('keeps of the snapshots before what the next one can build on, and no more', async () => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 3 * mebibyte));
    await line.backUp();
    const kept = async () =>
      (await readdir(line.baselineFolder, { recursive: true }))
        .filter((name) => name.includes('/'))
        .map((name) => name.split('/')[0]);
    const before = await kept();
    for (const number of [1, 2, 3]) {
      await line.write('datafile', number * block, randomBytes(`${number}`, block));
      await line.backUp();
    }

    expect(before.sort()).toEqual(['leaves', 'objects', 'objects', 'pieces', 'stats']);
    expect((await kept()).sort()).toEqual(before);
  });

  it('stores again what lies in packs that are damaged', async () => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 2 * mebibyte));
    await writeFile(join(line.root, 'small'), randomBytes('small', 5000));
    const first = await line.backUp();
    const [damaged] = await line.packsOf(first);
    await line.write('datafile', 7 * block, randomBytes('changed', block));

    const second = await line.backUp({ damaged: damaged ? [damaged] : [] });

    expect((await line.packsOf(second)).map(({ owner }) => owner)).toEqual([second.upload.uploadId]);
    await line.expectRestorable(second);
  });

  it('empties packs of which little is in use, within what a snapshot may spend on it', async () => {
    const line = await BackupLine.make();
    await writeFile(join(line.root, 'datafile'), randomBytes('datafile', 2 * mebibyte));
    const points = [await line.backUp()];
    await line.write('datafile', 10 * block, randomBytes('most of it', 236 * block));
    points.push(await line.backUp());
    for (const maxBytes of [20 * block - 1, 20 * block]) {
      points.push(await line.backUp({ rewrite: { belowShare: 0.25, maxBytes } }));
    }

    const numberOf = new Map(points.map(({ upload }, index) => [upload.uploadId, index + 1]));
    const ownersOf = async (point: Point) =>
      (await line.packsOf(point)).map(({ owner }) => numberOf.get(owner));
    expect(await Promise.all(points.map(ownersOf))).toEqual([[1], [1, 2], [1, 2], [2, 4]]);
    for (const point of points) await line.expectRestorable(point);
  });
});
