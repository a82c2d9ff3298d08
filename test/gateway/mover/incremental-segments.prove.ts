import { readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { BackupLine } from './backup-line.ts';
import { writeSparse } from './sample-tree.ts';

const mebibyte = 2 ** 20;
const segment = 256 * mebibyte;

describe('a file of several segments', () => {
  it('names those that did not change, at every size, with and without kept digests', async () => {
    const line = await BackupLine.make();
    const path = join(line.root, 'datafile');
    await writeSparse(path, 2 * segment + 100, [[segment - 4, 'across the border']]);
    for (const at of [0, 10, 255, 256, 300, 500]) {
      await line.write('datafile', at * mebibyte, randomBytes(`${at}`, 3 * mebibyte));
    }
    const points = [await line.backUp()];
    const ownBytes = async () => {
      const point = points.at(-1);
      const packs = point ? await line.packsOf(point) : [];
      return packs.flatMap(({ owner, rawBytes }) => (owner === point?.upload.uploadId ? [rawBytes] : []));
    };

    await line.write('datafile', segment - 5, Buffer.from('over it'));
    points.push(await line.backUp());
    expect(await ownBytes()).toEqual([2 * 8192]);

    const leaves = join(line.baselineFolder, 'leaves');
    for (const name of await readdir(leaves)) await rm(join(leaves, name));
    points.push(await line.backUp({ trustsStats: false }));
    expect(await ownBytes()).toEqual([]);

    await truncate(path, segment);
    points.push(await line.backUp());
    expect(await ownBytes()).toEqual([]);

    await truncate(path, 3 * segment);
    await line.write('datafile', 2 * segment + 8192, randomBytes('late', 8192));
    points.push(await line.backUp());
    expect(await ownBytes()).toEqual([8192]);

    for (const point of points) await line.expectRestorable(point);
  });
});
