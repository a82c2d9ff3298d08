import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { syncFolder } from '../durable-file.ts';
import { isMissing } from '../file-errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { Mount, Mounts } from '../mounts/mounts.ts';
import type { Log } from '../ports/log.ts';
import { ownError, vendorError } from '../protocol/errors.ts';

/** The folders of restores that wait for the DBA: `restores/{jobId}` of a mount. */
export class StagedRestores {
  readonly #journal: Journal;
  readonly #mounts: Pick<Mounts, 'findExportProblem'>;
  readonly #log: Log;

  constructor({
    journal,
    mounts,
    log,
  }: { journal: Journal; mounts: Pick<Mounts, 'findExportProblem'>; log: Log }) {
    this.#journal = journal;
    this.#mounts = mounts;
    this.#log = log;
  }

  /** Removes the data of a restore. It is gone from the export at once and from the disk when this resolves. */
  async remove(mount: Mount, jobId: number): Promise<void> {
    const record = this.#journal.restores.findByJob(mount.mountId, jobId);
    if (record?.state === 'staging') {
      throw ownError('RESTORE_STAGING', `Restore ${jobId} is still being staged: wait for its end.`);
    }
    const folder = stagedFolder(mount, jobId);
    if (!(await isFolder(folder))) throw vendorError('RESTORE_MISSING');
    // The protocol's error has two causes: no such path, or one that clients cannot see.
    const problem = await this.#mounts.findExportProblem(mount);
    if (problem !== undefined) {
      this.#log.error(
        { mount: mount.name, jobId, problem },
        'the restore is not exported and stays as it is',
      );
      throw vendorError('RESTORE_MISSING');
    }
    await discard(mount, folder);
    // Only of what was complete: the service knows of no files otherwise.
    if (record?.state === 'completed') this.#journal.restores.markRemoved(record.restoreId, 'deleted');
  }
}

export const stagedFolder = ({ folders }: Mount, jobId: number): string =>
  join(folders.restores, String(jobId));

export const isFolder = (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isDirectory(),
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );

/** Where a restore that is complete lies: in a folder of its number, or of the name of the clone. */
export const publishedFolder = (
  mount: Mount,
  { jobId, clone }: { readonly jobId: number; readonly clone?: string | null | undefined },
): string => (typeof clone === 'string' ? join(mount.folders.clones, clone) : stagedFolder(mount, jobId));

/** Moves a folder out of sight before deleting it, so that no crash leaves a part that looks like a whole. */
export async function discard({ folders }: Mount, folder: string, name = ulid()): Promise<void> {
  const discarded = join(folders.trash, name);
  await mkdir(folders.trash, { recursive: true, mode: 0o700 });
  await rename(folder, discarded);
  await syncFolder(folders.trash);
  await rm(discarded, { recursive: true, force: true });
}

/** Finishes what a crash left half deleted. */
export async function emptyTrash({ folders }: Mount): Promise<void> {
  const names = await readdir(folders.trash).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  for (const name of names) await rm(join(folders.trash, name), { recursive: true, force: true });
}
