import { statfs } from 'node:fs/promises';
import type { MountId } from '../../shared/domain/ids.ts';
import { toInstant } from '../../shared/domain/instant.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { SnapshotStore } from '../snapshots/snapshot-store.ts';
import type { Mount } from './mount.ts';
import { forecastTimeToFull, type TimeToFull } from './time-to-full.ts';

export interface FreeSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** What an administrator wants to know of a mount's disk. */
export interface SpaceReport extends FreeSpace {
  readonly mountId: MountId;
  readonly name: string;
  readonly pendingSnapshots: number;
  readonly timeToFull: TimeToFull;
}

export interface MountSpaceDependencies {
  readonly journal: Journal;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
  readonly minFreeBytes: number;
  readonly log: Log;
}

/** Ten minutes: some 2000 samples in two weeks, which show the rhythm of weekly level 0 backups twice. */
const sampleMillis = 10 * 60 * 1000;
const keepMillis = 14 * 24 * 60 * 60 * 1000;

/** Free space of the mounts and how it develops. */
export class MountSpace {
  readonly #deps: MountSpaceDependencies;
  readonly #sampledAt = new Map<MountId, number>();

  constructor(deps: MountSpaceDependencies) {
    this.#deps = deps;
  }

  /** Keeps a sample of each mount, when the last one is old enough. */
  async sample(mounts: readonly Mount[]): Promise<void> {
    const now = this.#deps.clock().getTime();
    for (const mount of mounts) {
      // A clock that was set back must not stop sampling for as long.
      if (Math.abs(now - (this.#sampledAt.get(mount.mountId) ?? 0)) < sampleMillis) continue;
      try {
        const { freeBytes, totalBytes } = await measureSpace(mount);
        const sample = { measuredAt: toInstant(new Date(now)), usedBytes: totalBytes - freeBytes };
        this.#deps.journal.space.add(mount.mountId, sample, toInstant(new Date(now - keepMillis)));
        this.#sampledAt.set(mount.mountId, now);
      } catch (error) {
        this.#deps.log.warn(
          { mount: mount.name, err: error },
          'the free space of the mount cannot be measured',
        );
      }
    }
  }

  /** Throws where the folder of the mount is not there. */
  async report(mount: Mount): Promise<SpaceReport> {
    const { journal } = this.#deps;
    const { mountId, name } = mount;
    const space = await measureSpace(mount);
    return {
      ...{ mountId, name, ...space },
      pendingSnapshots: journal.snapshots.allPending(mountId).length,
      timeToFull: forecastTimeToFull(journal.space.ofMount(mountId), space.freeBytes),
    };
  }

  /** What the release of the pending snapshots would free, at most. May walk their trees: not for every poll. */
  async measurePending({ mountId, folders }: Mount): Promise<number> {
    const { journal, snapshots } = this.#deps;
    const frozen = journal.snapshots.allPending(mountId).filter(({ state }) => state !== 'freezing');
    const sizes = await Promise.all(frozen.map((snapshot) => snapshots.sizeOf(folders, snapshot)));
    return sizes.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  }

  /** Why RMAN should not begin to write, or undefined: it would fail hours later, with the disk full. */
  async findShortage(mount: Mount): Promise<string | undefined> {
    const { freeBytes, totalBytes } = await measureSpace(mount);
    if (freeBytes >= this.#deps.minFreeBytes) return undefined;
    return (
      `Only ${inGibibytes(freeBytes)} of ${inGibibytes(totalBytes)} are free for the mount ${mount.name}, and ` +
      `minFreeBytes asks for ${inGibibytes(this.#deps.minFreeBytes)}: delete obsolete RMAN backups or staged ` +
      'restores, or enlarge the disk or its quota.'
    );
  }
}

/**
 * What a user without root's reserve can still write. ZFS answers by the dataset: its quota and what the pool has
 * available are in these numbers.
 */
export async function measureSpace({ folders }: Pick<Mount, 'folders'>): Promise<FreeSpace> {
  const { bavail, bfree, blocks, bsize } = await statfs(folders.oracleData);
  // The reserve counts neither as free nor as part of the whole.
  return { freeBytes: bavail * bsize, totalBytes: (blocks - bfree + bavail) * bsize };
}

const inGibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
