import type { Backups } from './backups/backups.ts';
import type { LogSpool } from './backups/log-spool.ts';
import type { Journal } from './journal/journal.ts';
import type { Mount, Mounts } from './mounts/mounts.ts';
import type { Log } from './ports/log.ts';
import { emptyTrash } from './restores/staged-restores.ts';
import type { SnapshotStore } from './snapshots/snapshot-store.ts';

export interface RecoveryDependencies {
  readonly journal: Journal;
  readonly mounts: Mounts;
  readonly backups: Backups;
  readonly spool: LogSpool;
  readonly snapshots: SnapshotStore;
  readonly log: Log;
}

/** Undoes what a crash left half done. Uploads and restores go on by themselves. */
export async function recover({
  journal,
  mounts,
  backups,
  spool,
  snapshots,
  log,
}: RecoveryDependencies): Promise<void> {
  for (const snapshot of journal.snapshots.allFreezing()) {
    const mount = mounts.find(snapshot.mountId);
    if (!mount) continue;
    // A disk that is away must not keep the other mounts from being served; the next start tries again.
    await backups.undoFreeze(mount, snapshot).catch((error: unknown) => {
      log.error({ mount: mount.name, err: error }, 'an interrupted freeze cannot be undone yet');
    });
  }
  for (const mount of mounts.all()) await tellUnknownSnapshots({ journal, snapshots, log }, mount);
  await spool.removeAllBut(new Set(journal.logs.all().map(({ logId }) => logId)));
}

/** They take space for ever; but after the loss of a journal they may be all there is of a backup, and so they stay. */
async function tellUnknownSnapshots(
  { journal, snapshots, log }: Pick<RecoveryDependencies, 'journal' | 'log' | 'snapshots'>,
  mount: Mount,
): Promise<void> {
  if (mount.state === 'creating') return;
  try {
    const found = await snapshots.current.list(mount.folders);
    const unknown = found.filter((snapshotId) => journal.snapshots.find(snapshotId) === undefined);
    if (unknown.length === 0) return;
    log.warn({ mount: mount.name, unknown }, 'snapshots that the journal does not know: remove them by hand');
  } catch (error) {
    log.warn({ mount: mount.name, err: error }, 'the snapshots of the mount cannot be listed');
  }
}

/** Finishes deletions that a crash interrupted; terabytes may take a while, and nothing waits for it. */
export async function emptyTrashes(mounts: Mounts, log: Log): Promise<void> {
  for (const mount of mounts.all()) {
    await emptyTrash(mount).catch((error: unknown) => {
      log.warn({ mount: mount.name, err: error }, 'deleted data could not be removed from the disk yet');
    });
  }
}
