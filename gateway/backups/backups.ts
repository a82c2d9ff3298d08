import { ulid } from 'ulid';
import type { RequestId } from '../../shared/domain/ids.ts';
import { type Instant, toInstant } from '../../shared/domain/instant.ts';
import { systemCode } from '../file-errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { LogRecord } from '../journal/log-records.ts';
import { type SnapshotRecord, snapNameOf } from '../journal/snapshot-records.ts';
import type { MountSpace } from '../mounts/mount-space.ts';
import type { Mount, Mounts } from '../mounts/mounts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import { type Demand, findObstacle, ownError, type Standing, vendorError } from '../protocol/errors.ts';
import { exclusionError } from '../service/exclusion.ts';
import type { KeptSnapshots } from '../snapshots/kept-snapshots.ts';
import type { SnapshotStore } from '../snapshots/snapshot-store.ts';
import { maxLateLogs, takesLateLog } from './late-log-window.ts';
import type { LogSpool, SpooledLog } from './log-spool.ts';

export interface BackupsDependencies {
  readonly journal: Journal;
  readonly mounts: Mounts;
  readonly space: MountSpace;
  readonly kept: Pick<KeptSnapshots, 'makeRoom'>;
  readonly snapshots: SnapshotStore;
  readonly spool: LogSpool;
  readonly clock: Clock;
  readonly log: Log;
  /** Runs tasks of a mount one after another. */
  readonly inTurn: <T>(mount: Mount, task: () => Promise<T>) => Promise<T>;
  /** Called when a mount has a snapshot to upload. */
  readonly onFrozen: (mount: Mount) => void;
  /** Called when a log has come that its snapshot may have gone without. */
  readonly onLateLog: () => void;
}

/** What comes with a log. */
export type LogDescription = Pick<LogRecord, 'fileName' | 'mountpoint' | 'platform'>;

/**
 * A backup of a mount: started (POST), described by logs, frozen (PUT). It belongs to the mount, not to a client, for
 * the protocol names none: starting again changes nothing, and whoever finishes ends it for all. A log belongs to the
 * backup that is started; while none is, to the snapshot of the last one.
 */
export class Backups {
  readonly #deps: BackupsDependencies;

  constructor(deps: BackupsDependencies) {
    this.#deps = deps;
  }

  /** Throws the protocol's error when a call cannot be served. */
  async require(mountName: string, demand: Demand): Promise<Mount> {
    const exclusion = this.#deps.journal.exclusion.find();
    if (exclusion) throw exclusionError(exclusion);
    const mount = this.#deps.mounts.findByName(mountName);
    const obstacle = findObstacle(await this.#standingOf(mount, demand), demand);
    if (obstacle || !mount) throw vendorError(obstacle ?? 'MOUNT_MISSING');
    return mount;
  }

  isReachedMaxSnapshots({ mountId, maxPendingSnapshots }: Mount): boolean {
    const pending = this.#deps.journal.snapshots.allPending(mountId);
    return (
      pending.length >= maxPendingSnapshots ||
      pending.some((snapshot) => this.#deps.snapshots.holdsMount(snapshot))
    );
  }

  async start(mountName: string): Promise<Mount> {
    const named = await this.require(mountName, 'nothing');
    return this.#deps.inTurn(named, async () => {
      const mount = await this.require(mountName, 'room-for-a-backup');
      const { space, kept } = this.#deps;
      let shortage = await space.findShortage(mount);
      // What is only kept is never in the way of a backup.
      if (shortage !== undefined && (await kept.makeRoom(mount))) shortage = await space.findShortage(mount);
      if (shortage !== undefined) throw ownError('SPACE_LOW', shortage);
      const { journal, clock } = this.#deps;
      journal.transaction(() => {
        journal.mounts.startBackup(mount.mountId, toInstant(clock()));
        journal.logs.forgetDelivered(mount.mountId);
      });
      return mount;
    });
  }

  /** Takes over a spooled log; the same log again changes nothing, but what it was sent with last counts. */
  async addLog(mountName: string, spooled: SpooledLog, description: LogDescription): Promise<void> {
    const named = await this.require(mountName, 'a-place-for-a-log');
    await this.#deps.inTurn(named, async () => {
      const mount = await this.require(mountName, 'a-place-for-a-log');
      const { journal, spool, clock, onLateLog } = this.#deps;
      const late = mount.backupStartedAt === null ? this.#requireSnapshot(mount) : undefined;
      const siblings = late
        ? journal.logs.ofSnapshot(late.snapshotId)
        : journal.logs.ofRunningBackup(mount.mountId);
      const { mountpoint, platform } = description;
      const last = siblings.findLast(({ sha256 }) => sha256 === spooled.sha256);
      if (last?.mountpoint === mountpoint && last.platform === platform) return spool.remove(spooled.logId);
      if (late && journal.logs.countLate(late.snapshotId) >= maxLateLogs)
        throw vendorError('BACKUP_NOT_STARTED');
      const record = { ...spooled, ...description, mountId: mount.mountId, receivedAt: toInstant(clock()) };
      journal.logs.add(record, late?.snapshotId);
      if (late) onLateLog();
    });
  }

  /** The snapshot for a log that comes while no backup is started; its upload may have failed a moment ago. */
  #requireSnapshot({ mountId }: Mount): SnapshotRecord {
    const newest = this.#deps.journal.snapshots.findNewest(mountId);
    if (newest && takesLateLog(newest, toInstant(this.#deps.clock()))) return newest;
    throw vendorError('BACKUP_NOT_STARTED');
  }

  /** Freezes the mount; resolves when the snapshot is complete. A failed freeze leaves the backup started. */
  async finish(
    mountName: string,
    requestedAt: Instant,
    requestId?: RequestId,
  ): Promise<{ readonly snapName: string }> {
    const named = await this.require(mountName, 'nothing');
    return this.#deps.inTurn(named, async () => {
      const mount = await this.require(mountName, 'a-started-backup');
      const snapshotId = ulid();
      await this.#freeze(mount, { snapshotId, requestedAt }, requestId);
      const { journal, clock, log, onFrozen } = this.#deps;
      const snapshot = journal.transaction(() => {
        journal.snapshots.markFrozen(snapshotId, toInstant(clock()));
        journal.mounts.endBackup(mount.mountId);
        if (requestId !== undefined) journal.requests.markUploading(requestId, snapshotId);
        return journal.snapshots.find(snapshotId);
      });
      if (!snapshot) throw new Error(`the snapshot ${snapshotId} is not in the journal`);
      const snapName = snapNameOf(snapshot);
      log.info({ mount: mountName, snapshotId, snapName }, 'snapshot frozen');
      onFrozen(mount);
      return { snapName };
    });
  }

  /**
   * Freezes what lies in the mount because the service orders it; the order again answers what it became. Not while a backup is under
   * way: what RMAN has half written is no backup.
   */
  async takeSnapshot(mount: Mount, orderId: string): Promise<{ readonly snapName: string }> {
    return this.#deps.inTurn(mount, async () => {
      const { journal, clock, log, onFrozen } = this.#deps;
      const known = journal.snapshots.findByOrder(orderId);
      if (known && known.state !== 'freezing') return { snapName: snapNameOf(known) };
      const current = await this.require(mount.name, 'nothing');
      if (current.backupStartedAt !== null) {
        const since = `A backup of the mount is under way since ${current.backupStartedAt}`;
        throw ownError('SNAPSHOT_FAILED', `${since}: take the snapshot when it has ended.`);
      }
      if (this.isReachedMaxSnapshots(current)) throw vendorError('MAX_PENDING_SNAPSHOTS');
      const snapshotId = ulid();
      const requestedAt = toInstant(clock());
      await this.#freeze(current, { snapshotId, requestedAt }, undefined, orderId);
      journal.snapshots.markFrozen(snapshotId, toInstant(clock()));
      const snapshot = journal.snapshots.find(snapshotId);
      if (!snapshot) throw new Error(`the snapshot ${snapshotId} is not in the journal`);
      const snapName = snapNameOf(snapshot);
      log.info({ mount: mount.name, snapshotId, snapName, orderId }, 'snapshot frozen by order');
      onFrozen(current);
      return { snapName };
    });
  }

  /** The journal knows the snapshot before anything of it is on disk: a crash leaves nothing unknown behind. */
  async #freeze(
    mount: Mount,
    { snapshotId, requestedAt }: Pick<SnapshotRecord, 'requestedAt' | 'snapshotId'>,
    requestId?: RequestId,
    orderId?: string,
  ): Promise<void> {
    const { journal, snapshots, log } = this.#deps;
    const snapshot = { snapshotId, kind: snapshots.kind, requestedAt };
    journal.transaction(() => {
      journal.snapshots.begin({ ...snapshot, mountId: mount.mountId }, requestId);
      journal.logs.attachToSnapshot(mount.mountId, snapshotId);
      if (orderId !== undefined) journal.snapshots.markOrder(snapshotId, orderId);
    });
    try {
      await snapshots.freeze(mount.folders, snapshot);
    } catch (error) {
      log.error({ mount: mount.name, snapshotId, err: error }, 'the mount cannot be frozen');
      await this.undoFreeze(mount, snapshot);
      const why = error instanceof Error ? error.message : String(error);
      throw ownError(
        'SNAPSHOT_FAILED',
        `The snapshot failed (${systemCode(error) ?? 'error'}): ${why}`,
        error,
      );
    }
  }

  /** Ends a backup that came to nothing: its logs go, and the mount is free for another. */
  async giveUp(mountName: string): Promise<void> {
    const named = this.#deps.mounts.findByName(mountName);
    if (!named) return;
    await this.#deps.inTurn(named, async () => {
      const { journal, spool } = this.#deps;
      const logs = journal.logs.ofRunningBackup(named.mountId);
      journal.transaction(() => {
        journal.mounts.endBackup(named.mountId);
        for (const { logId } of logs) journal.logs.remove(logId);
      });
      for (const { logId } of logs) await spool.remove(logId);
    });
  }

  /** Gives the logs of a freeze that did not come to its end back to the running backup, which can be finished again. */
  giveLogsBack({ snapshotId }: { snapshotId: string }): void {
    this.#deps.journal.logs.detachFromSnapshot(snapshotId);
  }

  /** Removes what a freeze left that did not come to its end. */
  async undoFreeze(
    mount: Mount,
    snapshot: { snapshotId: string; kind: SnapshotStore['kind'] },
  ): Promise<void> {
    const { journal, snapshots } = this.#deps;
    await snapshots.release(mount.folders, snapshot);
    journal.transaction(() => {
      journal.logs.detachFromSnapshot(snapshot.snapshotId);
      journal.snapshots.remove(snapshot.snapshotId);
    });
  }

  async #standingOf(mount: Mount | undefined, demand: Demand): Promise<Standing> {
    const problem = mount && (await this.#deps.mounts.findProblem(mount));
    if (problem !== undefined)
      this.#deps.log.warn({ mount: mount?.name, problem }, 'the mount is inconsistent');
    const isExportNeeded = mount && problem === undefined && demand === 'room-for-a-backup';
    const exportProblem = isExportNeeded ? await this.#deps.mounts.findExportProblem(mount) : undefined;
    if (exportProblem !== undefined)
      this.#deps.log.error({ mount: mount?.name, problem: exportProblem }, 'the mount is not exported');
    return {
      store: this.#deps.mounts.storeState,
      // Read again: it may have been marked while the others were found out.
      mount: mountStanding(mount && this.#deps.mounts.findByName(mount.name), problem),
      isExportFailed: exportProblem !== undefined,
      isReachedMaxSnapshots: mount !== undefined && this.isReachedMaxSnapshots(mount),
      isBackupStarted: mount !== undefined && mount.backupStartedAt !== null,
      takesLateLog:
        mount !== undefined &&
        takesLateLog(this.#deps.journal.snapshots.findNewest(mount.mountId), toInstant(this.#deps.clock())),
    };
  }
}

function mountStanding(mount: Mount | undefined, problem: string | undefined): Standing['mount'] {
  if (!mount) return 'missing';
  if (mount.isMarkedForDelete) return 'marked-for-delete';
  return problem === undefined ? 'ready' : 'inconsistent';
}
