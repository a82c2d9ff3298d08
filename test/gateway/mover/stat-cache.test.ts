import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StatCollector, StatReader, statOf } from '../../../gateway/mover/baseline/stat-cache.ts';
import { type ListedEntry, listTree } from '../../../gateway/mover/upload/list-tree.ts';
import { reflinkSnapshots } from '../../../gateway/snapshots/reflink.ts';
import { cloneByCopy } from '../support/backup.ts';
import { temporaryFolder } from './mover-fixtures.ts';

const inAMinute = () => new Date(Date.now() + 60_000);

function collect(listing: readonly ListedEntry[], requestedAt: Date): StatReader {
  const collector = new StatCollector(requestedAt);
  for (const entry of listing) if (entry.type === 'file') collector.add(entry);
  return new StatReader(collector.result());
}

describe('what the gateway remembers of files', () => {
  it('is found for paths in their order, whatever lies between them', async () => {
    const root = await temporaryFolder();
    for (const name of ['a', 'b', 'b c', 'd']) await writeFile(join(root, name), name);
    const files = (await listTree(root)).filter(({ type }) => type === 'file');
    const reader = collect(files, inAMinute());

    for (const path of ['0', 'a', 'a0', 'b c', 'd', 'e']) {
      const file = files.find((entry) => entry.path.toString() === path);
      expect(await reader.find(Buffer.from(path))).toBe(file && statOf(file));
    }
  });

  it('says nothing of what changed just before the freeze, whatever its modification time', async () => {
    const root = await temporaryFolder();
    await writeFile(join(root, 'fresh'), 'content');
    await utimes(join(root, 'fresh'), 1, 1);

    const reader = collect(await listTree(root), new Date());

    expect(await reader.find(Buffer.from('fresh'))).toBeUndefined();
  });

  it('is told of a copy by the file that it was made of', async () => {
    const root = await temporaryFolder();
    const folders = { root, oracleData: join(root, 'oracle_data'), snapshots: join(root, 'snapshots') };
    for (const folder of [folders.oracleData, folders.snapshots]) await mkdir(folder);
    const path = join(folders.oracleData, 'file');
    await writeFile(path, 'content');
    const requestedAt = '2026-01-31T12:00:00.000Z' as Parameters<typeof snapshots.freeze>[1]['requestedAt'];
    const snapshots = reflinkSnapshots(cloneByCopy);
    const statIn = async (snapshotId: string) => {
      const { listing } = await snapshots.freeze(folders, { snapshotId, requestedAt });
      return (await Array.fromAsync(listing)).filter(({ type }) => type === 'file').map(statOf);
    };

    const [before, untouched] = [await statIn('1'), await statIn('2')];
    await utimes(path, 1, 1);
    const touched = await statIn('3');
    await rm(path);
    await writeFile(path, 'content');
    await utimes(path, 1, 1);

    expect(untouched).toEqual(before);
    expect(touched).not.toEqual(before);
    expect(await statIn('4')).not.toEqual(touched);
  });
});
