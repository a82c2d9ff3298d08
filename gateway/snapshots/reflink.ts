import { constants } from 'node:fs';
import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertTreeUnchanged, type ListedEntry, treeAt } from '../mover/upload/list-tree.ts';
import type { Snapshots } from '../ports/snapshots.ts';
import { type CloneFile, copyTree } from './copy-tree.ts';
import { SpooledListing } from './spooled-listing.ts';

/** Shares the blocks of a file with a copy of it; fails where the file system cannot. */
export const cloneByReflink: CloneFile = (from, to) =>
  copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);

/** Copies that share their blocks with the mount: instant, and no space until the mount is written to again. */
export const reflinkSnapshots = (clone: CloneFile): Snapshots => ({
  kind: 'reflink',
  isMountBusyWhilePending: false,
  findObstacle: async (mountsDirectory) =>
    (await canCloneFiles(mountsDirectory, clone))
      ? undefined
      : `the file system of ${mountsDirectory} cannot clone files`,
  prepareMount: async () => {},
  findProblem: async () => undefined,
  rootOf: ({ snapshots }, snapshotId) => join(snapshots, snapshotId),
  async freeze({ oracleData, snapshots }, { snapshotId }) {
    const root = join(snapshots, snapshotId);
    await rm(root, { recursive: true, force: true });
    const before = await SpooledListing.of(treeAt(oracleData), snapshots);
    try {
      await copyTree(oracleData, before, root, clone);
      // Files are cloned one after another: only a tree that stood still meanwhile is a state that ever was.
      await assertTreeUnchanged(before, oracleData);
    } catch (error) {
      before.close();
      throw error;
    }
    return { root, listing: withOrigins(treeAt(root), before) };
  },
  list: ({ snapshots }) => readdir(snapshots),
  async sizeOf({ snapshots }, snapshotId) {
    const bytes = await allocatedBytes(join(snapshots, snapshotId));
    return { usedBytes: bytes, referencedBytes: bytes };
  },
  release: ({ snapshots }, snapshotId) => rm(join(snapshots, snapshotId), { recursive: true, force: true }),
});

/** Nobody can write to the copies: only the inodes that they were made of tell whether content stayed the same. */
async function* withOrigins(
  copies: AsyncIterable<ListedEntry>,
  originals: SpooledListing,
): AsyncGenerator<ListedEntry> {
  try {
    const left = originals[Symbol.iterator]();
    for await (const copy of copies) {
      const { ctimeNs, inode, type } = originalOf(copy, left);
      yield type === 'file' ? { ...copy, origin: { ctimeNs, inode } } : copy;
    }
  } finally {
    originals.close();
  }
}

/** Both are in the same order, and some originals have no copy: sockets, pipes and devices. */
function originalOf(copy: ListedEntry, left: Iterator<ListedEntry>): ListedEntry {
  for (let next = left.next(); !next.done; next = left.next())
    if (next.value.path.equals(copy.path)) return next.value;
  throw new Error(`the copy ${copy.path.toString()} has no original`);
}

/** Whether the file system of `folder` can clone files, found out by doing it. */
export async function canCloneFiles(folder: string, clone: CloneFile): Promise<boolean> {
  const probe = await mkdtemp(join(folder, '.holdfast-probe-'));
  try {
    await writeFile(join(probe, 'file'), Buffer.alloc(8192, 1));
    return await clone(join(probe, 'file'), join(probe, 'clone')).then(
      () => true,
      () => false,
    );
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

/** On disk, counting files with several names once. */
export async function allocatedBytes(root: string): Promise<number> {
  const counted = new Set<bigint>();
  let bytes = 0;
  for await (const { inode, links, type, allocatedBytes: onDisk } of treeAt(root)) {
    if (type === 'file' && links > 1) {
      if (counted.has(inode)) continue;
      counted.add(inode);
    }
    bytes += onDisk;
  }
  return bytes;
}
