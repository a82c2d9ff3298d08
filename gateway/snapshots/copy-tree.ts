import type { PathLike } from 'node:fs';
import { lchown, link, lutimes, mkdir, open, symlink } from 'node:fs/promises';
import { joinPath } from '../mover/file-system-path.ts';
import { ExactTimes } from '../mover/restore/exact-times.ts';
import type { ListedEntry } from '../mover/upload/list-tree.ts';
import type { SpooledListing } from './spooled-listing.ts';

export type CloneFile = (from: PathLike, to: PathLike) => Promise<void>;

/**
 * Copies what is listed to the new folder `to`, with modes, owners, times, links and hard links. Sockets, pipes and
 * devices are left out. All of it is on disk at the end.
 */
export async function copyTree(
  from: string,
  listing: SpooledListing,
  to: string,
  clone: CloneFile,
): Promise<void> {
  const firstNames = new Map<string, Buffer>();
  const times = new ExactTimes();
  try {
    for (const entry of listing) {
      const [source, target] = [joinPath(from, entry.path), joinPath(to, entry.path)];
      // Open to us alone until everything is in it; the mode of the original comes last.
      if (entry.type === 'directory') await mkdir(target, 0o700);
      else if (entry.type === 'symlink') await copySymlink(entry, target, times);
      else if (entry.type === 'file') await copyOneFile(entry, source, target, { clone, firstNames, times });
    }
    // Children first: writing into a folder changes its time, and a mode may forbid writing.
    for (const entry of listing.backwards()) {
      if (entry.type === 'directory') await keepAttributes(entry, joinPath(to, entry.path), times);
    }
  } finally {
    await times.finish();
  }
}

interface Copying {
  readonly clone: CloneFile;
  /** Of files with several names, by inode. */
  readonly firstNames: Map<string, Buffer>;
  readonly times: ExactTimes;
}

async function copyOneFile(
  entry: ListedEntry,
  source: Buffer,
  target: Buffer,
  { clone, firstNames, times }: Copying,
): Promise<void> {
  const inode = `${entry.device}:${entry.inode}`;
  const first = firstNames.get(inode);
  if (first) return link(first, target);
  if (entry.links > 1) firstNames.set(inode, target);
  await clone(source, target);
  await keepAttributes(entry, target, times);
}

async function copySymlink(entry: ListedEntry, target: Buffer, times: ExactTimes): Promise<void> {
  await symlink(entry.target ?? '', target);
  if (isOwnedByOthers(entry)) await lchown(target, entry.uid, entry.gid);
  await lutimes(target, secondsOf(entry), secondsOf(entry));
  await times.set(target, entry.mtimeNs);
}

async function keepAttributes(entry: ListedEntry, target: Buffer, times: ExactTimes): Promise<void> {
  const handle = await open(target, 'r');
  try {
    // As another user than root this fails, and so does the freeze: a copy with other owners is a wrong copy.
    if (isOwnedByOthers(entry)) await handle.chown(entry.uid, entry.gid);
    // After the owner: chown clears setuid and setgid.
    await handle.chmod(entry.mode);
    await handle.utimes(secondsOf(entry), secondsOf(entry));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await times.set(target, entry.mtimeNs);
}

const isOwnedByOthers = ({ uid, gid }: ListedEntry): boolean =>
  uid !== process.geteuid?.() || gid !== process.getegid?.();

const secondsOf = ({ mtimeNs }: ListedEntry): number => Number(mtimeNs / 1000n) / 1e6;
