import type { z } from 'zod';
import type { pollRequest } from '../../shared/contracts/stores.ts';
import type { Journal } from '../journal/journal.ts';
import type { MountRecord } from '../journal/mount-records.ts';
import { snapNumberOf } from '../journal/snapshot-records.ts';
import type { StoreState } from '../journal/store-record.ts';
import type { ListedMount, PollAnswer } from '../polling/poll-answer.ts';
import type { Log } from '../ports/log.ts';
import type { SnapshotStore } from '../snapshots/snapshot-store.ts';
import { tellUnknownSnapshots } from '../snapshots/unknown-snapshots.ts';
import { createMountFolders, findInconsistency, foldersOf, type MountFolders } from './mount-folders.ts';

type ReportedMount = z.input<typeof pollRequest>['mounts'][number];

/** A mount with its folders. */
export interface Mount extends MountRecord {
  readonly folders: MountFolders;
}

interface ExportsOfMounts {
  follow(mounts: readonly Mount[]): Promise<void>;
  findProblem(mount: Mount, mounts: readonly Mount[]): Promise<string | undefined>;
}

export interface MountsDependencies {
  readonly journal: Journal;
  readonly mountsDirectory: string;
  readonly snapshots: SnapshotStore;
  readonly exports: ExportsOfMounts;
  readonly space: { sample(mounts: readonly Mount[]): Promise<void> };
  readonly log: Log;
}

/** The mounts of this store: listed by the service, kept in the journal, standing on the disk. */
export class Mounts {
  readonly #journal: Journal;
  readonly #mountsDirectory: string;
  readonly #snapshots: SnapshotStore;
  readonly #exports: ExportsOfMounts;
  readonly #space: MountsDependencies['space'];
  /** What was set or cannot be; asked for again after a start. */
  readonly #quotas = new Map<MountRecord['mountId'], number>();
  readonly #log: Log;

  constructor({ journal, mountsDirectory, snapshots, exports, space, log }: MountsDependencies) {
    this.#journal = journal;
    this.#mountsDirectory = mountsDirectory;
    this.#snapshots = snapshots;
    this.#exports = exports;
    this.#space = space;
    this.#log = log;
  }

  all(): Mount[] {
    return this.#journal.mounts.all().map((record) => this.#withFolders(record));
  }

  find(mountId: MountRecord['mountId']): Mount | undefined {
    const record = this.#journal.mounts.find(mountId);
    return record && this.#withFolders(record);
  }

  /** The mount that clients know by this name, or undefined when the service does not list such a one. */
  findByName(name: string): Mount | undefined {
    const record = this.#journal.mounts.findByName(name);
    return record?.isListed ? this.#withFolders(record) : undefined;
  }

  /** What the service last said of this store. */
  get storeState(): StoreState {
    return this.#journal.store.state;
  }

  /**
   * Takes over the store's state and the service's list and makes the folders of new mounts. Answers whether a mount
   * became ready.
   */
  async follow({ storeState, mounts: listed }: Pick<PollAnswer, 'mounts' | 'storeState'>): Promise<boolean> {
    const usable = listed.filter((mount) => this.#isUsable(mount));
    this.#journal.transaction(() => {
      this.#journal.store.state = storeState;
      this.#journal.mounts.replaceList(
        usable.map((mount) => ({ ...mount, isMarkedForDelete: mount.state === 'marked-for-delete' })),
      );
      for (const { mountId, lastSnapName } of usable) {
        const number = snapNumberOf(lastSnapName ?? '');
        if (number !== undefined) this.#journal.mounts.raiseLastSnapshot(mountId, number);
      }
    });
    const created = this.all().filter(({ isListed, state }) => isListed && state === 'creating');
    const results = await Promise.all(created.map((mount) => this.#create(mount)));
    await this.publish();
    for (const { mountId, quotaBytes } of usable) {
      const mount = this.find(mountId);
      if (mount && quotaBytes !== undefined) await this.#setQuota(mount, quotaBytes);
    }
    await this.#space.sample(this.all().filter(({ isListed, state }) => isListed && state === 'ready'));
    return results.includes(true);
  }

  /** Exports all mounts that are ready, and withdraws those that went away. */
  publish(): Promise<void> {
    return this.#exports.follow(this.all());
  }

  /** Why clients cannot mount the mount over the network, or undefined. */
  findExportProblem(mount: Mount): Promise<string | undefined> {
    return this.#exports.findProblem(mount, this.all());
  }

  /** What the next poll tells the service. */
  async report(): Promise<ReportedMount[]> {
    const listed = this.all().filter(({ isListed }) => isListed);
    return Promise.all(
      listed.map(async (mount) => {
        const problem = await this.findProblem(mount);
        return { mountId: mount.mountId, state: problem === undefined ? 'ready' : 'inconsistent' } as const;
      }),
    );
  }

  /** Why the mount cannot be used, or undefined. */
  async findProblem(mount: Mount): Promise<string | undefined> {
    if (mount.state === 'creating') return 'its folders could not be made';
    const { folders, mountId } = mount;
    return (
      (await findInconsistency(folders, mountId)) ??
      (await this.#snapshots.current.findProblem(folders, mountId))
    );
  }

  async #create(mount: Mount): Promise<boolean> {
    const { mountId, name, folders } = mount;
    try {
      await this.#snapshots.current.prepareMount(folders, mountId);
      await createMountFolders(folders, mountId);
      this.#journal.mounts.markReady(mountId);
      this.#log.info({ mountId, name, path: folders.root }, 'mount created');
      // The folders may be older than this journal.
      await tellUnknownSnapshots(
        { journal: this.#journal, snapshots: this.#snapshots, log: this.#log },
        mount,
      );
      return true;
    } catch (error) {
      this.#log.error({ mountId, name, err: error }, 'the folders of the mount cannot be made');
      return false;
    }
  }

  async #setQuota({ mountId, name, folders }: Mount, quotaBytes: number): Promise<void> {
    if (this.#quotas.get(mountId) === quotaBytes) return;
    const { current } = this.#snapshots;
    try {
      if (current.setQuota) await current.setQuota(folders, quotaBytes);
      else this.#log.error({ name, quotaBytes }, `mounts frozen by ${current.kind} have no quota: use ZFS`);
      this.#quotas.set(mountId, quotaBytes);
    } catch (error) {
      this.#log.error({ name, quotaBytes, err: error }, 'the quota of the mount cannot be set, trying again');
    }
  }

  /** The name is the folder's: it can neither change nor serve two mounts. */
  #isUsable({ mountId, name }: ListedMount): boolean {
    const byId = this.#journal.mounts.find(mountId);
    const byName = this.#journal.mounts.findByName(name);
    const isUsable = (byId?.name ?? name) === name && (byName?.mountId ?? mountId) === mountId;
    if (!isUsable) {
      this.#log.error(
        { mountId, name, knownName: byId?.name, knownMountId: byName?.mountId },
        'the service lists a mount under a name that this store knows differently: the mount is left out',
      );
    }
    return isUsable;
  }

  #withFolders(record: MountRecord): Mount {
    return { ...record, folders: foldersOf(this.#mountsDirectory, record.name) };
  }
}
