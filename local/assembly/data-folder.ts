import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A data folder that this process alone may use. */
export interface DataFolder {
  readonly path: string;
  release(): void;
}

/**
 * Takes a data folder. The lock is SQLite's on an open file: the kernel drops it with the process, however that
 * ends, so that nothing stale can be left.
 * @throws Error when another process has the folder.
 */
export const openDataFolder = (path: string): DataFolder => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(path, 'lock.sqlite'), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new Error(
      `The data folder ${resolve(path)} is in use: end the process that uses it, or give another folder`,
      { cause },
    );
  }
  return { path, release: () => lock.close() };
};
