import { mkdir } from 'node:fs/promises';
import type { Journal } from '../journal/journal.ts';
import type { KeptSnapshot } from '../journal/kept-snapshot-records.ts';
import type { RestoreRecord } from '../journal/restore-records.ts';
import { assertConsistent } from '../mounts/mount-folders.ts';
import type { Mount } from '../mounts/mounts.ts';
import { MoverError } from '../mover/errors.ts';
import type { Log } from '../ports/log.ts';
import type { KeptSnapshots } from '../snapshots/kept-snapshots.ts';
import { publishedFolder } from './staged-restores.ts';
import { dataFolder, removeStaging, workFolder } from './staging.ts';

interface Dependencies {
  readonly journal: Journal;
  readonly kept: KeptSnapshots;
  readonly log: Log;
}

/**
 * Makes a clone of the snapshot that the point was uploaded from, if the store still has that; its bytes are the point's.
 * Answers undefined where it does not, or cannot: then the clone is staged from the vault, as any restore. Throws
 * RESTORE_DESTINATION_TAKEN (MoverError), as staging would.
 */
export async function cloneInPlace(
  { journal, kept, log }: Dependencies,
  mount: Mount,
  restore: RestoreRecord,
): Promise<KeptSnapshot | undefined> {
  if (!mayUseSnapshot(restore) || !journal.kept.ofPoint(restore)) return undefined;
  const { restoreId, jobId } = restore;
  await assertConsistent(mount);
  try {
    await mkdir(workFolder(mount, restore), { recursive: true, mode: 0o700 });
    const place = {
      cloneId: restoreId,
      work: dataFolder(mount, restore),
      to: publishedFolder(mount, restore),
    };
    return await kept.clone(mount, restore, place);
  } catch (error) {
    if (error instanceof MoverError && error.code === 'RESTORE_DESTINATION_TAKEN') throw error;
    log.warn(
      { restoreId, jobId, err: error },
      'no clone can be made of the snapshot on the store: it is staged from the vault',
    );
    await removeUnfinished({ kept }, mount, restore);
    journal.restores.markSource(restoreId, null);
    return undefined;
  }
}

/** Removes what there is of a restore that will not be completed, or not in this way. */
export async function removeUnfinished(
  { kept }: Pick<Dependencies, 'kept'>,
  mount: Mount,
  restore: RestoreRecord,
): Promise<void> {
  if (mayUseSnapshot(restore)) await kept.dropClone(mount, restore.restoreId);
  await removeStaging(mount, restore);
}

/** All of a point to its own mount, as the service allows it: what is chosen of it, or given to others, comes by the vault. */
const mayUseSnapshot = ({ clone, options, sourceMountId, mountId }: RestoreRecord): boolean =>
  clone !== null &&
  options?.mayUseSnapshot === true &&
  options.paths === undefined &&
  options.owners === undefined &&
  (sourceMountId ?? mountId) === mountId;
