import type { MountId } from '../../shared/domain/ids.ts';
import type { DeletionRecord } from '../journal/deletion-records.ts';
import type { Journal } from '../journal/journal.ts';
import { snapNameOf } from '../journal/snapshot-records.ts';
import type { ListedMount } from '../polling/poll-answer.ts';
import type { Log } from '../ports/log.ts';
import type { SnapshotStore } from '../snapshots/snapshot-store.ts';
import type { Mount } from './mount.ts';
import { removeEmptyFolders, removeEmptyRoot } from './mount-folders.ts';

export interface MountDeletionsDependencies {
  readonly journal: Journal;
  readonly snapshots: SnapshotStore;
  /** Removes what is kept of the mount's snapshots beside the journal. */
  readonly forgetBaselines: (mountId: MountId) => Promise<void>;
  readonly log: Log;
}

/**
 * Mounts that are marked for delete. What is pending is uploaded first; then the mount is withdrawn, which cannot be
 * undone without the service's word; then its export ends, and those of its folders that are empty are removed. The
 * service is told until it lists the mount no longer. Files in the folders are left, whoever wrote them.
 */
export class MountDeletions {
  readonly #deps: MountDeletionsDependencies;
  /** Why mounts cannot be taken down. */
  readonly #failures = new Map<MountId, string>();

  constructor(deps: MountDeletionsDependencies) {
    this.#deps = deps;
  }

  /**
   * Takes the service's marks over, and forgets the mounts that are gone. Within the transaction that takes over the
   * list, before its mounts are looked at: a new one may have the name of one that is gone.
   */
  follow(listed: readonly ListedMount[]): void {
    const { deletions } = this.#deps.journal;
    for (const deletion of deletions.all()) {
      const mount = listed.find(({ mountId }) => mountId === deletion.mountId);
      if (mount === undefined && deletion.state === 'withdrawn') this.#forget(deletion);
      if (mount?.state === 'active') deletions.unmark(deletion);
    }
  }

  /** Notes the marks of mounts that are in the journal by now. */
  mark(listed: readonly ListedMount[]): void {
    for (const { mountId, state, deleteFence } of listed) {
      if (state !== 'marked-for-delete' || deleteFence === undefined) continue;
      this.#deps.journal.deletions.mark(mountId, deleteFence);
    }
  }

  find({ mountId }: Pick<Mount, 'mountId'>): DeletionRecord | undefined {
    return this.#deps.journal.deletions.find(mountId);
  }

  /** Whether the mount is in use: to be exported, and to be as it was made. */
  isInUse(mount: Mount): boolean {
    const deletion = this.find(mount);
    return deletion === undefined || deletion.state === 'draining';
  }

  /** What the deletion of the mount waits for, or undefined. */
  findObstacle({ mountId }: Mount): string | undefined {
    const failure = this.#failures.get(mountId);
    if (failure !== undefined) return `it cannot be taken down: ${failure}`;
    const { snapshots, restores } = this.#deps.journal;
    const unfinished = snapshots.countUnfinished(mountId);
    if (unfinished > 0) return `its deletion waits for the upload of ${unfinished} snapshots`;
    const restore = restores.allUnreported().find((record) => record.mountId === mountId);
    return restore && `its deletion waits for the end of restore ${restore.jobId}`;
  }

  /**
   * Decides which drained mounts are withdrawn: from here on nothing uses them. In one moment with the look at what is
   * pending, for a PUT that comes later finds the mark.
   */
  withdrawDrained(mounts: readonly Mount[]): void {
    for (const mount of mounts) {
      if (this.find(mount)?.state !== 'draining' || this.findObstacle(mount) !== undefined) continue;
      this.#deps.journal.deletions.markWithdrawing(mount.mountId);
    }
  }

  /** Once the exports have ended: takes down what is empty. Every step may be repeated. */
  async takeDown(mounts: readonly Mount[]): Promise<void> {
    for (const mount of mounts) {
      if (this.find(mount)?.state !== 'withdrawing') continue;
      this.#failures.delete(mount.mountId);
      await this.#takeDown(mount).catch((error: unknown) => {
        this.#failures.set(mount.mountId, error instanceof Error ? error.message : String(error));
        const about = { mount: mount.name, err: error };
        this.#deps.log.error(about, 'the mount cannot be taken down yet, trying again');
      });
    }
  }

  async #takeDown({ mountId, name, folders }: Mount): Promise<void> {
    const { journal, snapshots, log } = this.#deps;
    const left = await removeEmptyFolders(folders, mountId);
    if (left.length === 0) {
      await snapshots.current.forgetMount?.(folders, mountId);
      await removeEmptyRoot(folders, mountId);
    }
    const failed = journal.snapshots.allFailed(mountId).map((snapshot) => snapNameOf(snapshot));
    const remark = remarkOn(left, failed);
    journal.deletions.markWithdrawn(mountId, remark);
    if (remark === undefined) log.info({ mount: name, mountId }, 'mount withdrawn and taken down');
    else log.warn({ mount: name, mountId, left, failed }, `mount withdrawn; ${remark}`);
  }

  #forget({ mountId }: DeletionRecord): void {
    const { journal, forgetBaselines, log } = this.#deps;
    journal.deletions.forgetMount(mountId);
    log.info({ mountId }, 'the service says that the mount is gone');
    forgetBaselines(mountId).catch((error: unknown) => {
      log.warn({ mountId, err: error }, 'what is kept of its snapshots cannot be removed');
    });
  }
}

/** What people have to know and may want to see to, as a report has room for it. */
function remarkOn(left: readonly string[], failed: readonly string[]): string | undefined {
  const remarks = [
    ...(left.length > 0 ? [`left on the disk of the store with what is in it: ${left.join(', ')}`] : []),
    ...(failed.length > 0 ? [`never became recovery points: ${failed.join(', ')}`] : []),
  ];
  return remarks.length === 0 ? undefined : remarks.join('; ');
}
