import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import { MoverError } from './errors.ts';

/** Which snapshot a destination is for. */
export interface RestoreIdentity {
  readonly mountId: MountId;
  readonly uploadId: UploadId;
  readonly manifestSha256: string;
}

/**
 * The folder restored to. A marker beside it says that a restore of this snapshot is unfinished; nothing in the marker
 * is believed about the files, which are read again when the restore is taken up.
 */
export class RestoreDestination {
  readonly folder: string;
  /** Whether an earlier attempt may have left files. */
  readonly isResumed: boolean;
  /** Scratch beside the folder. */
  readonly workFile: string;
  readonly #marker: string;

  private constructor(folder: string, isResumed: boolean) {
    this.folder = folder;
    this.isResumed = isResumed;
    this.workFile = besides(folder, 'restore-work');
    this.#marker = besides(folder, 'restore-state');
  }

  /** Throws RESTORE_DESTINATION_TAKEN when the folder holds anything but an unfinished restore of this snapshot. */
  static async open(folder: string, identity: RestoreIdentity): Promise<RestoreDestination> {
    const { mountId, uploadId, manifestSha256 } = identity;
    const content = `${JSON.stringify({ version: 1, mountId, uploadId, manifestSha256 })}\n`;
    const found = await readIfThere(besides(folder, 'restore-state'));
    const destination = new RestoreDestination(folder, found !== undefined);
    if (found === undefined) await destination.#begin(content);
    else if (found !== content) throw taken(folder, 'an unfinished restore of another snapshot');
    await makeFolder(folder);
    await rm(destination.workFile, { force: true });
    return destination;
  }

  /** The restore is whole: forgets that it was under way. */
  async complete(): Promise<void> {
    await rm(this.workFile, { force: true });
    await rm(this.#marker);
  }

  async #begin(content: string): Promise<void> {
    if (await exists(this.folder)) throw taken(this.folder, 'something that is not an unfinished restore');
    // By rename, so that a crash cannot leave half a marker; before the folder, so that no folder lacks one.
    await writeFile(`${this.#marker}.new`, content, { mode: 0o600, flush: true });
    await rename(`${this.#marker}.new`, this.#marker);
  }
}

const besides = (folder: string, suffix: string): string =>
  join(dirname(folder), `.${basename(folder)}.${suffix}`);

const taken = (folder: string, what: string): MoverError =>
  new MoverError(
    'RESTORE_DESTINATION_TAKEN',
    folder,
    `holds ${what}; choose another destination or remove it`,
  );

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (!hasErrno(error, 'EEXIST') || !(await lstat(folder)).isDirectory()) throw error;
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Whether an error is the file system's of this code. */
export const hasErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
