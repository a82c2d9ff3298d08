import type { BigIntStats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { comparePaths } from '../../../shared/domain/vault/entry-path.ts';
import type { SkipReason } from '../../../shared/domain/vault/manifest-rows.ts';
import { fileChanged, MoverError } from '../errors.ts';
import { joinPath } from '../file-system-path.ts';
import { hasErrno } from '../restore/restore-destination.ts';

export type ListedType = 'directory' | 'file' | 'symlink' | SkipReason;

/** What a folder held at one moment, without content. */
export interface ListedEntry {
  /** Relative to the root; empty for the root itself. */
  readonly path: Buffer;
  readonly type: ListedType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** On disk; less than the size for sparse and for compressed files. */
  readonly allocatedBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly device: bigint;
  readonly inode: bigint;
  readonly links: number;
  /** Of a symbolic link. */
  readonly target?: Buffer;
  /** Of the file that this one is a copy of, which shows whether the next snapshot finds the same content. */
  readonly origin?: Pick<ListedEntry, 'ctimeNs' | 'inode'>;
}

/** `lstat` calls under way at once. */
const batchSize = 64;

/** The entries of a tree in the order of a manifest; gone through several times, and not whole in memory if it is large. */
export type Listing = AsyncIterable<ListedEntry> | Iterable<ListedEntry>;

/** Everything under `root`, itself included, in the order of a manifest. */
export const listTree = (root: string): Promise<ListedEntry[]> => Array.fromAsync(walkTree(root));

/** listTree entry by entry, anew each time it is gone through. */
export const treeAt = (root: string): AsyncIterable<ListedEntry> => ({
  [Symbol.asyncIterator]: () => walkTree(root),
});

async function* walkTree(root: string): AsyncGenerator<ListedEntry> {
  const top = await listEntry(root, Buffer.alloc(0));
  if (top.type !== 'directory') throw new MoverError('SNAPSHOT_UNREADABLE', root, 'is not a folder');
  yield top;
  // The folders from the top to where we are, each as far as it was gone through.
  const open = [listFolder(root, top.path)];
  for (let folder = open.at(-1); folder; folder = open.at(-1)) {
    const next = await folder.next();
    if (next.done) {
      open.pop();
      continue;
    }
    yield next.value;
    if (next.value.type === 'directory') open.push(listFolder(root, next.value.path));
  }
}

/** Entry by entry: of a folder with very many, only the names are held, as text of one byte a character. */
async function* listFolder(root: string, folder: Buffer): AsyncGenerator<ListedEntry, undefined> {
  const names = await readdir(joinPath(root, folder), { encoding: 'latin1' }).catch((error: unknown) => {
    throw folder.length === 0 ? unreadable(folder, error) : goneOr(folder, error);
  });
  names.sort();
  for (let start = 0; start < names.length; start += batchSize) {
    const paths = names
      .slice(start, start + batchSize)
      .map((name) => childPath(folder, Buffer.from(name, 'latin1')));
    yield* await Promise.all(paths.map((path) => listEntry(root, path)));
  }
}

const childPath = (folder: Buffer, name: Buffer): Buffer =>
  folder.length === 0 ? name : joinPath(folder, name);

async function listEntry(root: string, path: Buffer): Promise<ListedEntry> {
  try {
    const full = joinPath(root, path);
    const entry = entryOf(path, await lstat(full, { bigint: true }));
    return entry.type === 'symlink'
      ? { ...entry, target: await readlink(full, { encoding: 'buffer' }) }
      : entry;
  } catch (error) {
    throw path.length === 0 ? unreadable(Buffer.from(root), error) : goneOr(path, error);
  }
}

/** A listed entry from what the file system says of it. */
export const entryOf = (path: Buffer, stats: BigIntStats): ListedEntry => ({
  path,
  type: typeOf(stats),
  mode: Number(stats.mode & 0o7777n),
  uid: Number(stats.uid),
  gid: Number(stats.gid),
  sizeBytes: Number(stats.size),
  allocatedBytes: Number(stats.blocks) * 512,
  mtimeNs: stats.mtimeNs,
  ctimeNs: stats.ctimeNs,
  device: stats.dev,
  inode: stats.ino,
  links: Number(stats.nlink),
});

function typeOf(stats: BigIntStats): ListedType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isSocket()) return 'socket';
  if (stats.isFIFO()) return 'pipe';
  return stats.isBlockDevice() ? 'block device' : 'character device';
}

/** How `current` differs from the frozen entry, or undefined. Allocation is left out: it changes on its own. */
export function findChange(frozen: ListedEntry, current: ListedEntry): string | undefined {
  if (frozen.type !== current.type || frozen.inode !== current.inode)
    return 'was replaced since the snapshot was frozen';
  if (frozen.sizeBytes !== current.sizeBytes && frozen.type === 'file') {
    return `had ${frozen.sizeBytes} bytes when the snapshot was frozen and has ${current.sizeBytes} now`;
  }
  const isSame = frozen.mtimeNs === current.mtimeNs && frozen.ctimeNs === current.ctimeNs;
  return isSame ? undefined : 'was changed since the snapshot was frozen';
}

/** Throws SNAPSHOT_FILE_CHANGED with the first path where the two differ: of a file rather than of its folder. */
export function assertSameTree(frozen: readonly ListedEntry[], current: readonly ListedEntry[]): void {
  const comparison = new TreeComparison();
  for (const [index, entry] of current.entries()) comparison.next(frozen[index], entry);
  comparison.end(frozen[current.length]);
}

/** assertSameTree with what `root` holds now; neither is held in memory. */
export async function assertTreeUnchanged(frozen: Listing, root: string): Promise<void> {
  const comparison = new TreeComparison();
  const before = entriesOf(frozen);
  try {
    for await (const entry of walkTree(root)) {
      const { value } = await before.next();
      comparison.next(value, entry);
    }
    const { value } = await before.next();
    comparison.end(value);
  } finally {
    await before.return(undefined);
  }
}

async function* entriesOf(listing: Listing): AsyncGenerator<ListedEntry, undefined> {
  yield* listing;
}

/** Takes the entries of two trees side by side and throws at the first that differs from the frozen one. */
class TreeComparison {
  #folderChange: MoverError | undefined;

  next(before: ListedEntry | undefined, current: ListedEntry): void {
    const order = before ? comparePaths(before.path, current.path) : 1;
    if (before && order < 0) throw removed(before);
    if (!before || order > 0) throw fileChanged(current.path, 'was added since the snapshot was frozen');
    const change = findChange(before, current);
    if (change === undefined) return;
    if (before.type !== 'directory') throw fileChanged(before.path, change);
    // What changed in the folder is better told by its path, and comes later.
    this.#folderChange ??= fileChanged(before.path, change);
  }

  /** `missing` is the frozen entry behind the last current one. */
  end(missing: ListedEntry | undefined): void {
    if (missing) throw removed(missing);
    if (this.#folderChange) throw this.#folderChange;
  }
}

const removed = ({ path }: ListedEntry): MoverError =>
  fileChanged(path, 'was removed since the snapshot was frozen');

/** What is gone although its folder named it was removed in between. */
const goneOr = (path: Buffer, error: unknown): MoverError =>
  hasErrno(error, 'ENOENT')
    ? fileChanged(path, 'was removed while the mount was listed')
    : unreadable(path, error);

const unreadable = (path: Buffer, error: unknown): MoverError =>
  new MoverError(
    'SNAPSHOT_UNREADABLE',
    path,
    `cannot be read (${error instanceof Error ? error.message : String(error)})`,
    error,
  );
