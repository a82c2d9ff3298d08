import type { Backups } from './backups/backups.ts';
import type { LogSpool } from './backups/log-spool.ts';
import type { Journal } from './journal/journal.ts';
import type { Mounts } from './mounts/mounts.ts';
import type { Log } from './ports/log.ts';
import { emptyTrash } from './restores/staged-restores.ts';

export interface RecoveryDependencies {
  readonly journal: Journal;
  readonly mounts: Mounts;
  readonly backups: Backups;
  readonly spool: LogSpool;
}

/** Undoes what a crash left half done. Uploads and restores go on by themselves. */
export async function recover({ journal, mounts, backups, spool }: RecoveryDependencies): Promise<void> {
  for (const snapshot of journal.snapshots.allFreezing()) {
    const mount = mounts.find(snapshot.mountId);
    if (mount) await backups.undoFreeze(mount, snapshot);
  }
  await spool.removeAllBut(new Set(journal.logs.all().map(({ logId }) => logId)));
}

/** Finishes deletions that a crash interrupted; terabytes may take a while, and nothing waits for it. */
export async function emptyTrashes(mounts: Mounts, log: Log): Promise<void> {
  for (const mount of mounts.all()) {
    await emptyTrash(mount).catch((error: unknown) => {
      log.warn({ mount: mount.name, err: error }, 'deleted data could not be removed from the disk yet');
    });
  }
}
