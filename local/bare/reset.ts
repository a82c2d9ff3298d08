import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDataFolder } from '../assembly/data-folder.ts';
import { contents, isLocalFolder, requireOwnFolder } from './local-folder.ts';

/**
 * Removes what the local AWS has made in its folder; whatever else is there stays. `confirm` is asked before, when the
 * folder is already taken, so that nothing can start meanwhile.
 * @returns whether something was removed.
 * @throws Error when the folder is not ours, or a process has it.
 */
export const resetLocalFolder = async (folder: string, confirm: () => Promise<boolean>): Promise<boolean> => {
  requireOwnFolder(folder);
  if (!isLocalFolder(folder)) return false;
  const data = openDataFolder(folder);
  try {
    const present = contents.map((name) => join(folder, name)).filter((path) => existsSync(path));
    if (present.length === 0 || !(await confirm())) return false;
    for (const path of present) rmSync(path, { recursive: true });
    return true;
  } finally {
    data.release();
  }
};
