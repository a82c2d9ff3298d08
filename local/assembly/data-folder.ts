import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A data folder that this process alone may use. */
export interface DataFolder {
  readonly path: string;
  release(): void;
}

/** The file that is locked while a process has the folder. */
export const lockOf = (path: string): string => join(path, 'lock.sqlite');
const pidFileOf = (path: string): string => join(path, 'pid');

/** Long enough for a look of `isFolderTaken` at the same moment, which holds the lock while it looks. */
const LOCK_WAIT_MS = 100;

/**
 * Takes a data folder. The lock is SQLite's on an open file: the kernel drops it with the process, however that
 * ends, so that nothing stale can be left.
 * @throws Error that names the process which has the folder.
 */
export const openDataFolder = (path: string): DataFolder => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = tryLock(lockOf(path), LOCK_WAIT_MS);
  if (lock === undefined) {
    const owner = readOwner(path);
    const user = owner === undefined ? 'another process' : `process ${owner}`;
    throw new Error(`The data folder ${resolve(path)} is in use by ${user}: end it, or give another folder`);
  }
  writeFileSync(pidFileOf(path), `${process.pid}\n`);
  return { path, release: () => lock.close() };
};

/** Whether a process has the folder now. */
export const isFolderTaken = (path: string): boolean => {
  // Looking must not make the folder.
  if (!existsSync(lockOf(path))) return false;
  const lock = tryLock(lockOf(path), 0);
  lock?.close();
  return lock === undefined;
};

/** The process that took the folder last. */
export const readOwner = (path: string): number | undefined => {
  try {
    return Number(readFileSync(pidFileOf(path), 'utf8')) || undefined;
  } catch (error) {
    // Taken in this moment, for the first time.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const tryLock = (file: string, timeout: number): DatabaseSync | undefined => {
  const lock = new DatabaseSync(file, { timeout });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
};

const SQLITE_BUSY = 5;

const isBusy = (error: unknown): boolean => (error as { errcode?: number }).errcode === SQLITE_BUSY;
