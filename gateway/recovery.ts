import type { Backups } from './backups/backups.ts';
import type { LogSpool } from './backups/log-spool.ts';
import type { Journal } from './journal/journal.ts';
import type { SnapshotRecord } from './journal/snapshot-records.ts';
import type { Mounts } from './mounts/mounts.ts';
import type { Log } from './ports/log.ts';
import { emptyTrash } from './restores/staged-restores.ts';
import type { SnapshotStore } from './snapshots/snapshot-store.ts';
import { tellUnknownSnapshots } from './snapshots/unknown-snapshots.ts';

export interface RecoveryDependencies {
  readonly journal: Journal;
  readonly mounts: Mounts;
  readonly backups: Backups;
  readonly spool: LogSpool;
  readonly snapshots: SnapshotStore;
  readonly log: Log;
}

/** What a crash left on the disk, by the journal. */
export interface Leftovers {
  readonly freezes: readonly SnapshotRecord[];
  readonly logIds: readonly string[];
}

/**
 * Makes the journal ready after a crash, and answers what may be removed from the disk. Not yet: a journal from the past
 * takes for half done what was finished later, so nothing goes before the service has accepted a poll that continues
 * this journal's chain. Uploads and restores go on by themselves.
 */
export async function recover(deps: RecoveryDependencies): Promise<Leftovers> {
  const { journal, mounts, backups, spool, snapshots, log } = deps;
  const freezes = journal.snapshots.allFreezing();
  for (const snapshot of freezes) backups.giveLogsBack(snapshot);
  // Nothing of these is on the disk, and their mounts would be busy.
  for (const inPlace of freezes.filter((snapshot) => snapshots.holdsMount(snapshot)))
    journal.snapshots.remove(inPlace.snapshotId);
  for (const mount of mounts.all()) {
    if (mount.state === 'ready') await tellUnknownSnapshots({ journal, snapshots, log }, mount);
  }
  const known = new Set(journal.logs.allSpooled().map(({ logId }) => logId));
  const { logIds, kept } = await spool.list();
  if (kept.length > 0)
    log.warn({ kept }, 'logs that an earlier journal may have known are kept: remove them by hand');
  return {
    freezes: freezes.filter((snapshot) => !snapshots.holdsMount(snapshot)),
    logIds: logIds.filter((logId) => !known.has(logId)),
  };
}

/** Removes what interrupted freezes left, and logs whose arrival was never answered. */
export async function removeLeftovers(
  { mounts, backups, spool, log }: RecoveryDependencies,
  { freezes, logIds }: Leftovers,
): Promise<void> {
  for (const snapshot of freezes) {
    const mount = mounts.find(snapshot.mountId);
    if (!mount) continue;
    // A disk that is away must not keep the other mounts from being served; the next start tries again.
    await backups.undoFreeze(mount, snapshot).catch((error: unknown) => {
      log.error({ mount: mount.name, err: error }, 'an interrupted freeze cannot be undone yet');
    });
  }
  for (const logId of logIds) await spool.remove(logId);
}

/**
 * Before a journal begins a new chain, when it can be of any age: what it takes for half done is no longer its own, so
 * that it is kept and told.
 */
export async function disownLeftovers(journal: Journal, spool: LogSpool): Promise<void> {
  const known = new Set(journal.logs.allSpooled().map(({ logId }) => logId));
  const { logIds } = await spool.list();
  for (const logId of logIds) if (!known.has(logId)) await spool.keep(logId);
  journal.transaction(() => {
    for (const { snapshotId } of journal.snapshots.allFreezing()) {
      journal.logs.detachFromSnapshot(snapshotId);
      journal.snapshots.remove(snapshotId);
    }
  });
}

/** Finishes deletions that a crash interrupted; terabytes may take a while, and nothing waits for it. */
export async function emptyTrashes(mounts: Mounts, log: Log): Promise<void> {
  for (const mount of mounts.all()) {
    await emptyTrash(mount).catch((error: unknown) => {
      log.warn({ mount: mount.name, err: error }, 'deleted data could not be removed from the disk yet');
    });
  }
}
