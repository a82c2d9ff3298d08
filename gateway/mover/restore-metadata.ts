import { constants } from 'node:fs';
import { type FileHandle, lchown, link, lstat, lutimes, open, readlink, symlink } from 'node:fs/promises';
import { readManifest } from '../../shared/domain/vault/manifest-reader.ts';
import type {
  DirectoryEntry,
  FileEntry,
  HardlinkEntry,
  SymlinkEntry,
} from '../../shared/domain/vault/manifest-rows.ts';
import { ExactTimes } from './exact-times.ts';
import { joinPath } from './file-system-path.ts';
import { hasErrno } from './restore-destination.ts';
import { cannotWrite, type FetchedManifest } from './restore-layout.ts';

/** What could not be given back for want of permission. */
export interface MetadataOutcome {
  /** Entries that belong to another user or group than at the backup, because this process may not change it. */
  readonly ownersNotSet: number;
}

/**
 * Last step, after all content: makes links, then gives everything its owner, mode and time. Symbolic links come this
 * late so that no content can be written through one; folders come last, deepest first, for making entries changes a
 * folder's time and its mode may forbid it.
 */
export async function applyMetadata(folder: string, manifest: FetchedManifest): Promise<MetadataOutcome> {
  const [owners, times] = [new Owners(), new ExactTimes()];
  try {
    await finishEntries(folder, manifest, owners, times);
  } finally {
    // After a failure too: the process that sets times must not outlive this.
    await times.finish();
  }
  return { ownersNotSet: owners.notSet };
}

async function finishEntries(
  folder: string,
  manifest: FetchedManifest,
  owners: Owners,
  times: ExactTimes,
): Promise<void> {
  const directories: DirectoryEntry[] = [];
  const linked = new Map<number, Buffer>();
  for await (const row of readManifest([manifest.bytes], manifest.key)) {
    if (row.row !== 'entry') continue;
    const { entry } = row;
    if (entry.type === 'skipped') continue;
    if (entry.type === 'directory') directories.push(entry);
    else {
      await finish(folder, entry, linked, owners, times).catch((error: unknown) => {
        throw cannotWrite(entry.path, error);
      });
    }
  }
  for (const directory of directories.reverse()) {
    await finishInode(folder, directory, constants.O_DIRECTORY, owners, times).catch((error: unknown) => {
      throw cannotWrite(directory.path, error);
    });
  }
}

async function finish(
  folder: string,
  entry: FileEntry | HardlinkEntry | SymlinkEntry,
  linked: Map<number, Buffer>,
  owners: Owners,
  times: ExactTimes,
): Promise<void> {
  if (entry.type === 'symlink') return makeSymlink(folder, entry, owners, times);
  if (entry.type === 'hardlink') {
    return makeHardlink(
      joinPath(folder, linked.get(entry.linkGroup) ?? entry.path),
      joinPath(folder, entry.path),
    );
  }
  if (entry.linkGroup !== undefined) linked.set(entry.linkGroup, entry.path);
  return finishInode(folder, entry, 0, owners, times);
}

async function finishInode(
  folder: string,
  entry: DirectoryEntry | FileEntry,
  flag: number,
  owners: Owners,
  times: ExactTimes,
): Promise<void> {
  const path = joinPath(folder, entry.path);
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | flag);
  try {
    // Owner before mode: changing the owner takes setuid and setgid away.
    await owners.set(entry, (uid, gid) => handle.chown(uid, gid));
    await handle.chmod(entry.mode);
    await setTime(handle, entry.mtimeNs);
    // Files were flushed when they were verified; a folder's names are flushed with the folder.
    if (entry.type === 'directory') await handle.sync();
  } finally {
    await handle.close();
  }
  await times.set(path, entry.mtimeNs);
}

const setTime = (handle: FileHandle, mtimeNs: bigint): Promise<void> => {
  const time = nodeTime(mtimeNs);
  return handle.utimes(time, time);
};

/**
 * Node takes seconds as a double, which is within 0.2 µs of the nanoseconds for times of this century; times before
 * 1970 it takes only as a Date, in milliseconds. ExactTimes makes good the rest.
 */
const nodeTime = (ns: bigint): Date | number =>
  ns < 0n ? new Date(Number(ns / 1_000_000n)) : Number(ns) / 1e9;

async function makeSymlink(
  folder: string,
  entry: SymlinkEntry,
  owners: Owners,
  times: ExactTimes,
): Promise<void> {
  const path = joinPath(folder, entry.path);
  try {
    await symlink(entry.target, path);
  } catch (error) {
    const isOurs =
      hasErrno(error, 'EEXIST') && (await readlink(path, { encoding: 'buffer' })).equals(entry.target);
    if (!isOurs) throw error;
  }
  await owners.set(entry, (uid, gid) => lchown(path, uid, gid));
  const time = nodeTime(entry.mtimeNs);
  await lutimes(path, time, time);
  await times.set(path, entry.mtimeNs);
}

async function makeHardlink(existing: Buffer, path: Buffer): Promise<void> {
  try {
    await link(existing, path);
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error;
    const [one, other] = await Promise.all([lstat(existing), lstat(path)]);
    if (one.ino !== other.ino || one.dev !== other.dev) throw error;
  }
}

/** Root, and whoever has CAP_CHOWN, gives every entry its owner; anyone else can only own what they make. */
class Owners {
  notSet = 0;

  async set(
    { uid, gid }: { readonly uid: number; readonly gid: number },
    change: (uid: number, gid: number) => Promise<void>,
  ): Promise<void> {
    try {
      await change(uid, gid);
    } catch (error) {
      if (!hasErrno(error, 'EPERM') || process.geteuid?.() === 0) throw error;
      this.notSet++;
    }
  }
}
