import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { describe, expect, it } from 'vitest';
import type { ListedEntry } from '../../../gateway/mover/upload/list-tree.ts';
import { readListing, writeListing } from '../../../gateway/snapshots/listing-file.ts';
import { temporaryFolder } from '../mover/mover-fixtures.ts';

const entries = (count: number): ListedEntry[] =>
  Array.from({ length: count }, (_, index) => ({
    path: Buffer.from(`file ${index}`),
    type: 'file',
    mode: 0o640,
    uid: 1,
    gid: 2,
    sizeBytes: index,
    allocatedBytes: 4096,
    mtimeNs: 5n,
    ctimeNs: BigInt(index),
    device: 7n,
    inode: BigInt(index),
    links: 1,
  }));

describe('a kept listing', () => {
  it.each([0, 1, 1000, 2345])(
    'of %i entries is read as it was written, as often as it is gone through',
    async (count) => {
      const file = join(await temporaryFolder(), 'listing');
      await writeListing(file, entries(count));

      const listing = readListing(file);

      for (const _ of [1, 2]) expect(await Array.fromAsync(listing)).toEqual(entries(count));
    },
  );

  it('is read as the version before wrote it', async () => {
    const file = join(await temporaryFolder(), 'listing');
    await writeFile(file, serialize(entries(3)));

    expect(await Array.fromAsync(readListing(file))).toEqual(entries(3));
  });

  it('is refused when it ends too early', async () => {
    const file = join(await temporaryFolder(), 'listing');
    await writeListing(file, entries(2000));
    const bytes = await readFile(file);

    for (const length of [bytes.length - 1, bytes.length - 20, Math.floor(bytes.length / 2), 30]) {
      await writeFile(file, bytes.subarray(0, length));
      await expect(Array.fromAsync(readListing(file))).rejects.toThrow();
    }
  });
});
