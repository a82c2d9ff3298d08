import type { Journal } from '../journal/journal.ts';
import type { Log } from '../ports/log.ts';
import type { SnapshotFolders } from '../ports/snapshots.ts';
import type { SnapshotStore } from './snapshot-store.ts';

/**
 * Tells which snapshots of a mount the journal does not know. They take space for ever; but after the loss of a journal
 * they may be all there is of a backup, and so they stay.
 */
export async function tellUnknownSnapshots(
  { journal, snapshots, log }: { journal: Journal; snapshots: SnapshotStore; log: Log },
  { name, folders }: { readonly name: string; readonly folders: SnapshotFolders },
): Promise<void> {
  try {
    const found = await snapshots.list(folders);
    const unknown = found.filter((snapshotId) => journal.snapshots.find(snapshotId) === undefined);
    if (unknown.length === 0) return;
    log.warn(
      { mount: name, unknown },
      'snapshots that the journal does not know are kept, for they may be backups that were never uploaded: ' +
        'remove them by hand when a later backup of the mount is a recovery point',
    );
  } catch (error) {
    log.warn({ mount: name, err: error }, 'the snapshots of the mount cannot be listed');
  }
}
