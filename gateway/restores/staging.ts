import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RestorePath } from '../../shared/domain/restore.ts';
import { syncFolder } from '../durable-file.ts';
import { isMissing } from '../file-errors.ts';
import type { RestoreRecord } from '../journal/restore-records.ts';
import { assertConsistent } from '../mounts/mount-folders.ts';
import type { Mount } from '../mounts/mounts.ts';
import { MoverError } from '../mover/errors.ts';
import type { MoverProgress, ObjectSource } from '../mover/ports.ts';
import type { FindKeys } from '../mover/restore/fetch-manifest.ts';
import { type RestoredSnapshot, restoreSnapshot } from '../mover/restore/restore-snapshot.ts';
import { discard, isFolder, publishedFolder } from './staged-restores.ts';

/** What the mover needs for one restore. */
export interface Transfer {
  readonly source: ObjectSource;
  readonly findKeys: FindKeys;
  readonly onProgress: (progress: MoverProgress) => void;
  readonly signal: AbortSignal;
}

/**
 * Brings a recovery point to the disk, out of sight: the DBA's RMAN shall find all of it or nothing. Goes on where an
 * earlier run ended.
 */
export async function stage(
  mount: Mount,
  restore: RestoreRecord,
  transfer: Transfer,
): Promise<RestoredSnapshot> {
  await assertConsistent(mount);
  const published = publishedFolder(mount, restore);
  if (await isTaken(published)) {
    throw new MoverError('RESTORE_DESTINATION_TAKEN', published, 'exists already; move it away');
  }
  const { sourceMountId, recoveryPointId, manifestSha256 } = restore;
  const mountId = sourceMountId ?? restore.mountId;
  const order = { mountId, uploadId: recoveryPointId, manifestSha256, ...moverOptions(restore) };
  const run = async () => {
    await mkdir(workFolder(mount, restore), { recursive: true, mode: 0o700 });
    return restoreSnapshot({ ...order, ...transfer, destination: dataFolder(mount, restore) });
  };
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof MoverError && error.code === 'RESTORE_DESTINATION_TAKEN')) throw error;
    // The folder is ours alone, so the mover was done with it, and we crashed before the journal knew.
    await removeStaging(mount, restore);
    return run();
  }
}

const moverOptions = ({ options: { paths, owners } = {} }: RestoreRecord) => ({
  ...(paths && { paths: paths.map(bytesOfPath) }),
  ...(owners && { owners }),
});

const bytesOfPath = (path: RestorePath): Buffer =>
  'path' in path ? Buffer.from(path.path) : Buffer.from(path.pathBase64, 'base64');

/** By anything: what is not a folder is in the way as well. */
const isTaken = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );

/** Shows a restore that is complete; again is no error. */
export async function publish(mount: Mount, restore: RestoreRecord): Promise<void> {
  // A clone of the store's own snapshot is shown by its making; ZFS leaves the folder behind where it was before.
  if (restore.fromSnapshot === null && (await isFolder(dataFolder(mount, restore)))) {
    const published = publishedFolder(mount, restore);
    await rename(dataFolder(mount, restore), published);
    await syncFolder(dirname(published));
  }
  await rm(workFolder(mount, restore), { recursive: true, force: true });
}

/** Removes what there is of a restore that will not be completed. */
export async function removeStaging(mount: Mount, restore: RestoreRecord): Promise<void> {
  if (await isFolder(workFolder(mount, restore))) await discard(mount, workFolder(mount, restore));
}

/** The mover keeps its own files beside the data, so each restore gets a folder around it. */
export const workFolder = ({ folders }: Mount, { restoreId }: RestoreRecord): string =>
  join(folders.staging, restoreId);

export const dataFolder = (mount: Mount, restore: RestoreRecord): string =>
  join(workFolder(mount, restore), 'data');
