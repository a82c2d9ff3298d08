import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ownError, type ProtocolError } from '../protocol/errors.ts';

/** A log that was named by its path instead of sent. */
export interface NamedLog {
  readonly path: string;
  /** Where the client sees the mount. */
  readonly mountpoint: string;
  readonly platform: 'linux' | 'windows';
}

/** Where a mount's oracle_data is: on the store, and as exported. */
export interface DataFolder {
  readonly oracleData: string;
  readonly mountPath: string;
}

/**
 * Opens a log that lies in the mount, where the store can read it itself. The path may be the client's (under its
 * mount point), the exported one or the store's own. Throws LOG_PATH_REFUSED for all else.
 */
export async function openLogInMount(log: NamedLog, folder: DataFolder): Promise<FileHandle> {
  const path = translatePath(log, folder);
  if (path === undefined) throw refused(log, 'does not lie in the mount');
  // A pipe must not hold the call up until somebody writes to it.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw refused(log, 'cannot be read', error);
  });
  try {
    if (!(await isFileWithin(handle, path, folder.oracleData)))
      throw refused(log, 'is not a file in the mount');
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function translatePath(log: NamedLog, { oracleData, mountPath }: DataFolder): string | undefined {
  const fold = (text: string) => (log.platform === 'windows' ? text.replaceAll('\\', '/') : text);
  const path = fold(log.path);
  const bases = [fold(log.mountpoint), mountPath, oracleData].map((base) => `${base.replace(/\/+$/, '')}/`);
  const isSameCase = (a: string, b: string) =>
    log.platform === 'windows' ? a.toLowerCase() === b.toLowerCase() : a === b;
  const base = bases.find((candidate) => isSameCase(path.slice(0, candidate.length), candidate));
  return base && join(oracleData, path.slice(base.length));
}

/**
 * Clients can put symbolic links into the mount and exchange them at any moment. So the file is opened first; then it
 * must be the one that the real path, which lies in the mount, leads to.
 */
async function isFileWithin(handle: FileHandle, path: string, oracleData: string): Promise<boolean> {
  const real = await realpath(path);
  if (!real.startsWith(`${await realpath(oracleData)}/`)) return false;
  const [opened, found] = await Promise.all([handle.stat({ bigint: true }), stat(real, { bigint: true })]);
  return opened.isFile() && opened.ino === found.ino && opened.dev === found.dev;
}

const refused = ({ path }: NamedLog, why: string, cause?: unknown): ProtocolError =>
  ownError(
    'LOG_PATH_REFUSED',
    `The log ${JSON.stringify(path)} ${why}: send its content (curl -F file=@LOG) or write it to the mount.`,
    cause,
  );
