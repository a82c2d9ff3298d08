import { constants } from 'node:fs';
import { type FileHandle, lchown, link, lstat, lutimes, open, readlink, symlink } from 'node:fs/promises';
import type { RestoreOwners } from '../../../shared/domain/restore.ts';
import { joinPath } from '../file-system-path.ts';
import { ExactTimes } from './exact-times.ts';
import type { RestoreDamage } from './restore-damage.ts';
import { hasErrno } from './restore-destination.ts';
import { cannotWrite } from './restore-layout.ts';
import { ownerAfter } from './restore-owners.ts';
import type { RestoreWork, WorkInode, WorkLink } from './restore-work.ts';

/** What could not be given back for want of permission. */
export interface MetadataOutcome {
  /** Entries that belong to another user or group than at the backup, because this process may not change it. */
  readonly ownersNotSet: number;
}

export interface MetadataInput {
  readonly folder: string;
  readonly work: RestoreWork;
  /** Files that are not there any more. */
  readonly damage: RestoreDamage;
  readonly owners: RestoreOwners | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Last step, after all content: makes links, then gives everything its owner, mode and time. Symbolic links come this
 * late so that no content can be written through one; folders come last, deepest first, for making entries changes a
 * folder's time and its mode may forbid it.
 */
export async function applyMetadata(input: MetadataInput): Promise<MetadataOutcome> {
  const [owners, times] = [new Owners(input.owners), new ExactTimes()];
  try {
    await finishEntries(input, owners, times);
  } finally {
    // After a failure too: the process that sets times must not outlive this.
    await times.finish();
  }
  return { ownersNotSet: owners.notSet };
}

async function finishEntries(
  { folder, work, damage, signal }: MetadataInput,
  owners: Owners,
  times: ExactTimes,
): Promise<void> {
  const finishing = async (path: Buffer, act: () => Promise<void>) => {
    signal?.throwIfAborted();
    await act().catch((error: unknown) => {
      throw cannotWrite(path, error);
    });
  };
  for (const file of work.files()) {
    if (damage.has(file.id)) continue;
    await finishing(file.path, () => finishInode(folder, file, 0, owners, times));
  }
  for (const made of work.links()) {
    if ('file' in made && damage.has(made.file)) continue;
    await finishing(made.path, () => makeLink(folder, made, work, owners, times));
  }
  for (const directory of work.directoriesDeepestFirst()) {
    const finish = () => finishInode(folder, directory, constants.O_DIRECTORY, owners, times);
    await finishing(directory.path, finish);
  }
}

const makeLink = (
  folder: string,
  made: WorkLink,
  work: RestoreWork,
  owners: Owners,
  times: ExactTimes,
): Promise<void> =>
  'file' in made
    ? makeHardlink(joinPath(folder, work.file(made.file).path), joinPath(folder, made.path))
    : makeSymlink(folder, made, owners, times);

async function finishInode(
  folder: string,
  entry: WorkInode,
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
    if (flag === constants.O_DIRECTORY) await handle.sync();
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
  entry: WorkInode & { readonly target: Buffer },
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
  readonly #owners: RestoreOwners | undefined;

  constructor(owners: RestoreOwners | undefined) {
    this.#owners = owners;
  }

  async set(entry: WorkInode, change: (uid: number, gid: number) => Promise<void>): Promise<void> {
    const { uid, gid } = ownerAfter(entry, this.#owners);
    try {
      await change(uid, gid);
    } catch (error) {
      if (!hasErrno(error, 'EPERM') || process.geteuid?.() === 0) throw error;
      this.notSet++;
    }
  }
}
