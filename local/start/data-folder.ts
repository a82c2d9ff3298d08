import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type DataFolder, openDataFolder } from '../assembly/data-folder.ts';
import type { StartOptions } from './options.ts';

const projectFolder = join(import.meta.dirname, '..', '..', '.holdfast');
/** Starts side by side; more than this many on one machine are a mistake. */
const maxInstances = 16;

/** The folder asked for, or the project's first that no other start uses. Throws an Error when there is none. */
export function openFreeFolder({ data }: StartOptions, say: (line: string) => void): DataFolder {
  if (data !== undefined) return openDataFolder(resolve(data));
  for (let instance = 1; instance < maxInstances; instance++) {
    const path = join(projectFolder, String(instance));
    try {
      return openDataFolder(path);
    } catch {
      say(`${path} is used by another start, trying the next folder`);
    }
  }
  return openDataFolder(join(projectFolder, String(maxInstances)));
}

export const makeTemporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'holdfast-'));

export const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true });
