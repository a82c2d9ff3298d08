import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFolderTaken, lockOf, openDataFolder } from '../assembly/data-folder.ts';

/** A folder among the temporary files that this process alone uses. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** A folder is locked as soon as it is made; this much later nobody is about to do it. */
const MAKING_MS = 10_000;

/** Makes a folder, and removes those with the same prefix whose processes were killed before they could do it. */
export async function takeTemporaryFolder(prefix: string): Promise<TemporaryFolder> {
  await removeAbandoned(prefix);
  const { path, release } = openDataFolder(await mkdtemp(join(tmpdir(), prefix)));
  const remove = async () => {
    release();
    await rm(path, { recursive: true, force: true });
  };
  return { path, remove };
}

async function removeAbandoned(prefix: string): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix));
  const abandoned = names.map((name) => join(tmpdir(), name)).filter(isAbandoned);
  await Promise.all(abandoned.map((path) => rm(path, { recursive: true, force: true })));
}

/** Locked once, and by nobody now: the lock goes with its process, however that ends. */
function isAbandoned(path: string): boolean {
  const lock = lockOf(path);
  try {
    return existsSync(lock) && Date.now() - statSync(lock).mtimeMs > MAKING_MS && !isFolderTaken(path);
  } catch {
    // Another process removes it in this moment, or it is another user's.
    return false;
  }
}
