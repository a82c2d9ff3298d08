import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type DataFolder, openDataFolder } from '../assembly/data-folder.ts';

const projectFolder = join(import.meta.dirname, '..', '..', '.holdfast');

/** The folder that a command works with: the one asked for, else the project's own. */
export const chooseLocalFolder = (asked: string | undefined): string =>
  resolve(asked || join(projectFolder, 'local'));

/** What the services keep, all that the local AWS is. */
export const awsFolderOf = (path: string): string => join(path, 'aws');
export const tlsFolderOf = (path: string): string => join(path, 'tls');
export const logFolderOf = (path: string): string => join(awsFolderOf(path), 'logs');

/** All that is made in a folder. What tells that it is ours, and its lock, stay for good. */
export const contents = ['aws', 'tls', 'ports.json', 'running.json'] as const;

/** Tells our folders from others: nobody's files get mixed with ours, and a reset never meets them. */
const MARKER = 'holdfast-local.json';
const FORMAT = 1;

/**
 * Takes a folder for this process, new or ours.
 * @throws Error when it holds other things, or another process has it.
 */
export const openLocalFolder = (path: string): DataFolder => {
  requireOwnFolder(path);
  if (!isLocalFolder(path)) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    writeFileSync(join(path, MARKER), `${JSON.stringify({ format: FORMAT })}\n`);
  }
  return openDataFolder(path);
};

/**
 * Whether a folder is one of the local AWS.
 * @throws Error when a later version has made it.
 */
export const isLocalFolder = (path: string): boolean => {
  if (!listEntries(path).includes(MARKER)) return false;
  const { format } = JSON.parse(readFileSync(join(path, MARKER), 'utf8')) as { format: number };
  if (format !== FORMAT)
    throw new Error(`${path} was made by another version (format ${format}, this one reads ${FORMAT})`);
  return true;
};

/** @throws Error when a folder holds something else. One that is not there or empty will do. */
export const requireOwnFolder = (path: string): void => {
  if (!isLocalFolder(path) && listEntries(path).length > 0)
    throw new Error(
      `${path} holds other things than the local AWS: give a data folder of its own, new or empty`,
    );
};

const listEntries = (path: string): readonly string[] => {
  try {
    return readdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new Error(`${path} is no folder`, { cause: error });
    throw error;
  }
};
