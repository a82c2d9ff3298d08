import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open } from 'node:fs/promises';
import { MoverError, type MoverErrorCode } from '../errors.ts';
import { joinPath } from '../file-system-path.ts';
import type { ReservedSpace } from './reserved-space.ts';
import { hasErrno, type RestoreDestination } from './restore-destination.ts';
import type { RestoreWork, WorkFile } from './restore-work.ts';

/**
 * Makes every planned folder and file at its full size, empty of content, and asks for the space that it will take where that
 * can be had; whoever made `space` waits for it.
 */
export async function layOutTree(
  destination: RestoreDestination,
  work: RestoreWork,
  { space, signal }: { readonly space: ReservedSpace; readonly signal: AbortSignal | undefined },
): Promise<void> {
  for (const { path } of work.directories()) {
    signal?.throwIfAborted();
    await makeFolder(destination, path);
  }
  for (const file of work.files()) {
    signal?.throwIfAborted();
    await makeFile(destination, file);
    // What is taken up again has its space.
    if (destination.isResumed) continue;
    const path = joinPath(destination.folder, file.path);
    await space.reserve(path, file.size, () => work.holesOf(file.id).length > 0);
  }
}

/** Closed to others until the end, when every folder gets the mode it had. */
async function makeFolder({ folder }: RestoreDestination, path: Buffer): Promise<void> {
  const full = joinPath(folder, path);
  try {
    await mkdir(full, { mode: 0o700 });
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw cannotWrite(path, error);
    if (!(await lstat(full)).isDirectory()) throw inTheWay(path);
    await chmod(full, 0o700);
  }
}

async function makeFile({ folder, isResumed }: RestoreDestination, { path, size }: WorkFile): Promise<void> {
  const full = joinPath(folder, path);
  if (isResumed) await openUp(full, path);
  try {
    const flags =
      constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | (isResumed ? 0 : constants.O_EXCL);
    const handle = await open(full, flags, 0o600);
    try {
      await handle.truncate(size);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** An earlier attempt may have given the file its final mode, which may forbid writing. */
async function openUp(full: Buffer, path: Buffer): Promise<void> {
  try {
    if (!(await lstat(full)).isFile()) throw inTheWay(path);
    await chmod(full, 0o600);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
}

const inTheWay = (path: Buffer): MoverError =>
  new MoverError(
    'RESTORE_DESTINATION_TAKEN',
    path,
    'is something else in the destination; remove the destination',
  );

const causes: readonly (readonly [errno: string, code: MoverErrorCode, advice: string])[] = [
  ['ENOSPC', 'RESTORE_NO_SPACE', 'make space on the disk of the mount and order the restore again'],
  ['EDQUOT', 'RESTORE_NO_SPACE', 'raise the quota of the mount and order the restore again'],
  ['EACCES', 'RESTORE_NOT_PERMITTED', "see the rights of the gateway's user on the mount"],
  ['EPERM', 'RESTORE_NOT_PERMITTED', "see the rights of the gateway's user on the mount"],
  ['EROFS', 'RESTORE_NOT_PERMITTED', 'mount the file system for writing'],
];

export function cannotWrite(path: Buffer, error: unknown): MoverError {
  const [, code = 'RESTORE_WRITE_FAILED', advice] = causes.find(([errno]) => hasErrno(error, errno)) ?? [];
  const why = error instanceof Error ? error.message : String(error);
  return new MoverError(code, path, `cannot be written (${why})${advice ? `; ${advice}` : ''}`, error);
}
