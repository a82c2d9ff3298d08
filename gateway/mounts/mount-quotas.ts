import type { MountId } from '../../shared/domain/ids.ts';
import type { Log } from '../ports/log.ts';
import type { SnapshotStore } from '../snapshots/snapshot-store.ts';
import type { Mount } from './mount.ts';

/** How much of the disk mounts may take, where something on this store can hold them to it. */
export class MountQuotas {
  readonly #snapshots: SnapshotStore;
  readonly #log: Log;
  /** What was set since the start, after which all are asked for again. */
  readonly #inForce = new Map<MountId, number>();
  /** What was asked for and cannot be had; told once. */
  readonly #refused = new Map<MountId, number>();

  constructor({ snapshots, log }: { readonly snapshots: SnapshotStore; readonly log: Log }) {
    this.#snapshots = snapshots;
    this.#log = log;
  }

  get isPossible(): boolean {
    return this.#snapshots.current.setQuota !== undefined;
  }

  inForce({ mountId }: Mount): number | undefined {
    return this.#inForce.get(mountId);
  }

  /** 0: no limit. Under a running backup no disk gets smaller: RMAN would fail in the middle of it. */
  async follow(mount: Mount, quotaBytes: number): Promise<void> {
    const { mountId, name, folders } = mount;
    const { current } = this.#snapshots;
    const before = this.#inForce.get(mountId);
    if (before === quotaBytes || this.#refused.get(mountId) === quotaBytes) return;
    if (mount.backupStartedAt !== null && !isWidening(before, quotaBytes)) return;
    if (!current.setQuota) {
      this.#refused.set(mountId, quotaBytes);
      this.#log.error({ name, quotaBytes }, `mounts frozen by ${current.kind} have no quota: use ZFS`);
      return;
    }
    try {
      await current.setQuota(folders, quotaBytes);
      this.#inForce.set(mountId, quotaBytes);
    } catch (error) {
      this.#log.error({ name, quotaBytes, err: error }, 'the quota of the mount cannot be set, trying again');
    }
  }
}

/** What is in force after a start is not known, and may be more. */
const isWidening = (before: number | undefined, after: number): boolean =>
  after === 0 || (before !== undefined && before !== 0 && after > before);
