import { toInstant } from '../../shared/domain/instant.ts';
import { ConfigError, type GatewayConfig } from '../config.ts';
import type { Journal } from '../journal/journal.ts';
import type { KeptSnapshot } from '../journal/kept-snapshot-records.ts';
import type { RestoreRecord } from '../journal/restore-records.ts';
import { type SnapshotRecord, snapNameOf } from '../journal/snapshot-records.ts';
import type { Mount } from '../mounts/mount.ts';
import { measureSpace } from '../mounts/mount-space.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { NewClone } from '../ports/snapshots.ts';
import { Serializer } from '../serializer.ts';
import { chooseReleased } from './choose-kept.ts';
import type { SnapshotStore } from './snapshot-store.ts';

interface KeptSnapshotsDependencies {
  readonly config: Pick<GatewayConfig, 'keepSnapshots' | 'minFreeBytes'>;
  readonly journal: Journal;
  readonly snapshots: SnapshotStore;
  /** Makes the NFS server let go of what no client has mounted any more. */
  readonly flushExports: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Throws ConfigError where snapshots are to be kept of which no clone could be made. */
export function requireKeepable(
  { keepSnapshots }: Pick<GatewayConfig, 'keepSnapshots'>,
  { kind, current }: Pick<SnapshotStore, 'current' | 'kind'>,
): void {
  if (keepSnapshots.count === 0 || current.clones) return;
  throw new ConfigError(
    `keepSnapshots.count is ${keepSnapshots.count}, but mounts are frozen by ${kind}, where kept snapshots are of no ` +
      'use: freeze them by zfs, or set it to 0',
  );
}

/**
 * Snapshots that are recovery points, and stay on the store for a while: a clone of such a point is made of them at
 * once, without the vault. They are never pending, and never in the way: where space gets short they go.
 */
export class KeptSnapshots {
  readonly #deps: KeptSnapshotsDependencies;
  /** None is given up while a clone is made of it. */
  readonly #turns = new Serializer();

  constructor(deps: KeptSnapshotsDependencies) {
    this.#deps = deps;
  }

  /** Takes over a snapshot whose upload has ended; again is no error. Answers false for one that is to be released. */
  async keep(mount: Mount, committed: SnapshotRecord): Promise<boolean> {
    const { journal, snapshots, clock, log } = this.#deps;
    const { snapshotId, mountId, uploadId, manifestSha256 } = committed;
    const clones = snapshots.clonesOf(committed);
    if (this.#settingsOf(mount).count === 0 || !clones || !uploadId || !manifestSha256) return false;
    try {
      if (!this.#find(mount, snapshotId)) {
        const identity = await clones.identify(mount.folders, snapshotId);
        const size = await snapshots.measure(mount.folders, committed);
        const keptSince = toInstant(clock());
        const ids = { snapshotId, mountId, recoveryPointId: uploadId, manifestSha256 };
        journal.kept.add({ ...ids, identity, ...size, keptSince });
      }
      await snapshots.forgetListing(committed);
      return true;
    } catch (error) {
      log.warn({ mount: mount.name, snapshotId, err: error }, 'the snapshot cannot be kept for clones');
      journal.kept.remove(snapshotId);
      return false;
    }
  }

  /** Gives up what is not to be kept any longer; what a clone is made of stays until that is gone. */
  async tidy(mounts: readonly Mount[]): Promise<void> {
    for (const mount of mounts) {
      if (this.#deps.journal.kept.ofMount(mount.mountId).length === 0) continue;
      await this.#tidy(mount, () => this.#isSpaceShort(mount)).catch((error: unknown) => {
        const about = { mount: mount.name, err: error };
        this.#deps.log.warn(about, 'kept snapshots cannot be released yet, trying again');
      });
    }
  }

  /** Gives up all that can be, for a backup that has no room otherwise. Answers whether there was anything. */
  async makeRoom(mount: Mount): Promise<boolean> {
    const before = this.#deps.journal.kept.ofMount(mount.mountId).length;
    if (before > 0) await this.#tidy(mount, async () => true);
    return this.#deps.journal.kept.ofMount(mount.mountId).length < before;
  }

  /** Makes a clone of the snapshot whose content the point is, if that is still here; again is no error. */
  clone(mount: Mount, restore: RestoreRecord, place: NewClone): Promise<KeptSnapshot | undefined> {
    return this.#turns.run(mount.mountId, async () => {
      const { journal, snapshots } = this.#deps;
      const kept = journal.kept.ofPoint(restore);
      const clones = kept && snapshots.clonesOf(this.#recordOf(kept));
      if (!kept || !clones) return undefined;
      const { snapshotId, identity } = kept;
      if ((await clones.identify(mount.folders, snapshotId)) !== identity)
        throw new Error(`the snapshot ${snapshotId} is another than the one that was uploaded`);
      journal.restores.markSource(restore.restoreId, snapshotId);
      await clones.make(mount.folders, snapshotId, place);
      return kept;
    });
  }

  /** Removes what was cloned; unknown is no error. */
  async dropClone(mount: Mount, cloneId: string): Promise<void> {
    const { snapshots, flushExports } = this.#deps;
    const { clones } = snapshots.current;
    if (!clones) return;
    await clones.destroy(mount.folders, cloneId).catch(async () => {
      // The NFS server of the kernel holds what it exported, also when no client has it mounted any more.
      await flushExports();
      await clones.destroy(mount.folders, cloneId);
    });
  }

  #tidy(mount: Mount, isShort: () => Promise<boolean>): Promise<void> {
    return this.#turns.run(mount.mountId, async () => {
      const { journal, clock } = this.#deps;
      const kept = journal.kept.ofMount(mount.mountId);
      const now = { nowMillis: clock().getTime(), isSpaceShort: await isShort() };
      // The oldest first: an interruption leaves the newest.
      for (const snapshot of chooseReleased(kept, this.#settingsOf(mount), now).toReversed())
        await this.#release(mount, snapshot);
    });
  }

  async #release(mount: Mount, { snapshotId, ...kept }: KeptSnapshot): Promise<void> {
    const { journal, snapshots, log } = this.#deps;
    const record = this.#recordOf({ snapshotId });
    const known = await snapshots.list(mount.folders);
    if (known.includes(snapshotId)) {
      if (await snapshots.clonesOf(record)?.hasAny(mount.folders, snapshotId)) return;
      await snapshots.release(mount.folders, record);
    }
    journal.kept.remove(snapshotId);
    const { recoveryPointId } = kept;
    log.info({ mount: mount.name, snapName: snapNameOf(record), recoveryPointId }, 'kept snapshot released');
  }

  /** Nobody orders clones on a mount, or a store, that is about to go. */
  #settingsOf({ isListed, isMarkedForDelete }: Mount): GatewayConfig['keepSnapshots'] {
    const { config, journal } = this.#deps;
    const isInUse = isListed && !isMarkedForDelete && journal.store.state === 'active';
    return isInUse ? config.keepSnapshots : { ...config.keepSnapshots, count: 0 };
  }

  async #isSpaceShort(mount: Mount): Promise<boolean> {
    const { keepSnapshots, minFreeBytes } = this.#deps.config;
    const { freeBytes, totalBytes } = await measureSpace(mount);
    return freeBytes < Math.max(minFreeBytes, (totalBytes * keepSnapshots.minFreePercent) / 100);
  }

  #find({ mountId }: Mount, snapshotId: string): KeptSnapshot | undefined {
    return this.#deps.journal.kept.ofMount(mountId).find((kept) => kept.snapshotId === snapshotId);
  }

  #recordOf({ snapshotId }: Pick<KeptSnapshot, 'snapshotId'>): SnapshotRecord {
    const record = this.#deps.journal.snapshots.find(snapshotId);
    if (!record) throw new Error(`the snapshot ${snapshotId} is not in the journal`);
    return record;
  }
}
