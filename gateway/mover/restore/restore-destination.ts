import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import { MoverError } from '../errors.ts';

/** Which snapshot a destination is for, and what of it. */
export interface RestoreIdentity {
  readonly mountId: MountId;
  readonly uploadId: UploadId;
  readonly manifestSha256: string;
  /** Tells apart orders that restore other files of the snapshot, or to other owners. */
  readonly orderSha256: string;
}

/**
 * The folder restored to. A marker beside it says that a restore of this snapshot is unfinished; nothing in the marker
 * is believed about the files, which are read again when the restore is taken up.
 */
export class RestoreDestination {
  readonly folder: string;
  /** Whether an earlier attempt may have left files. */
  readonly isResumed: boolean;
  readonly #content: string;

  private constructor(folder: string, isResumed: boolean, content: string) {
    this.folder = folder;
    this.isResumed = isResumed;
    this.#content = content;
  }

  /**
   * Looks without writing. Throws RESTORE_DESTINATION_TAKEN when the folder holds anything but an unfinished restore of
   * this snapshot.
   */
  static async find(folder: string, identity: RestoreIdentity): Promise<RestoreDestination> {
    const { mountId, uploadId, manifestSha256, orderSha256 } = identity;
    const content = `${JSON.stringify({ version: 2, mountId, uploadId, manifestSha256, orderSha256 })}\n`;
    const found = await readIfThere(besides(folder, 'restore-state'));
    if (found === undefined && (await exists(folder))) {
      throw taken(folder, 'something that is not an unfinished restore');
    }
    if (found !== undefined && found !== content)
      throw taken(folder, 'an unfinished restore of another snapshot');
    return new RestoreDestination(folder, found !== undefined, content);
  }

  /** Scratch of this restore beside its folder, by what it is for. */
  scratch(purpose: 'leaves' | 'manifest' | 'owners' | 'placed' | 'work'): string {
    return besides(this.folder, `restore-${purpose}`);
  }

  /** From here on there is something to take up or to remove. */
  async begin(): Promise<void> {
    const marker = besides(this.folder, 'restore-state');
    if (!this.isResumed) {
      // By rename, so that a crash cannot leave half a marker; before the folder, so that no folder lacks one.
      await writeFile(`${marker}.new`, this.#content, { mode: 0o600, flush: true });
      await rename(`${marker}.new`, marker);
    }
    await makeFolder(this.folder);
  }

  /** Removes what only this attempt needs. */
  async tidy(): Promise<void> {
    for (const purpose of ['leaves', 'manifest', 'work'] as const)
      await rm(this.scratch(purpose), { force: true });
  }

  /** The restore is whole: forgets that it was under way. */
  async complete(): Promise<void> {
    await rm(this.scratch('placed'), { force: true });
    await rm(besides(this.folder, 'restore-state'));
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
