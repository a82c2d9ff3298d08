import { join } from 'node:path';
import { maxKeptPoints } from '../../shared/contracts/poll.ts';
import type { Journal } from '../journal/journal.ts';
import type { MountRecord } from '../journal/mount-records.ts';
import { snapNumberOf } from '../journal/snapshot-records.ts';
import type { StoreState } from '../journal/store-record.ts';
import type { ListedMount, PollAnswer } from '../polling/poll-answer.ts';
import type { Log } from '../ports/log.ts';
import type { SnapshotStore } from '../snapshots/snapshot-store.ts';
import { tellUnknownSnapshots } from '../snapshots/unknown-snapshots.ts';
import type { Mount } from './mount.ts';
import { MountDeletions, type MountDeletionsDependencies } from './mount-deletions.ts';
import { createMountFolders, findInconsistency, foldersOf } from './mount-folders.ts';
import { MountQuotas } from './mount-quotas.ts';
import { pendingOf, type ReportedMount, reasonOf, spaceOf } from './mount-report.ts';
import type { SpaceReport } from './mount-space.ts';

export type { Mount } from './mount.ts';

interface ExportsOfMounts {
  stateOf(mount: Mount): 'exported' | 'failed' | 'unmanaged';
  follow(mounts: readonly Mount[]): Promise<boolean>;
  findProblem(mount: Mount, mounts: readonly Mount[]): Promise<string | undefined>;
}

export interface MountsDependencies extends MountDeletionsDependencies {
  readonly journal: Journal;
  readonly mountsDirectory: string;
  /** The folder of all mounts, as clients see it. */
  readonly exportRoot: string;
  readonly snapshots: SnapshotStore;
  readonly exports: ExportsOfMounts;
  readonly space: {
    sample(mounts: readonly Mount[]): Promise<void>;
    report(mount: Mount): Promise<SpaceReport>;
  };
  readonly log: Log;
}

/** The mounts of this store: listed by the service, kept in the journal, standing on the disk. */
export class Mounts {
  readonly #deps: MountsDependencies;
  readonly #deletions: MountDeletions;
  readonly #quotas: MountQuotas;

  constructor(deps: MountsDependencies) {
    this.#deps = deps;
    this.#deletions = new MountDeletions(deps);
    this.#quotas = new MountQuotas(deps);
  }

  all(): Mount[] {
    return this.#deps.journal.mounts.all().map((record) => this.#withFolders(record));
  }

  find(mountId: MountRecord['mountId']): Mount | undefined {
    const record = this.#deps.journal.mounts.find(mountId);
    return record && this.#withFolders(record);
  }

  /** The mount, unless it is being taken down. */
  findInUse(mountId: MountRecord['mountId']): Mount | undefined {
    const mount = this.find(mountId);
    return mount && this.#deletions.isInUse(mount) ? mount : undefined;
  }

  /** The mount that clients know by this name, or undefined when the service does not list such a one. */
  findByName(name: string): Mount | undefined {
    const record = this.#deps.journal.mounts.findByName(name);
    return record?.isListed ? this.#withFolders(record) : undefined;
  }

  /** What the service last said of this store. */
  get storeState(): StoreState {
    return this.#deps.journal.store.state;
  }

  /**
   * Takes over the store's state and the service's list, makes the folders of new mounts and takes down those of deleted
   * ones. Answers whether the service waits to be told of it.
   */
  async follow({ storeState, mounts: listed }: Pick<PollAnswer, 'mounts' | 'storeState'>): Promise<boolean> {
    const before = this.#tellingState();
    const usable = this.#takeOver(storeState, listed);
    const created = this.all().filter(
      ({ isListed, isMarkedForDelete, state }) => isListed && !isMarkedForDelete && state === 'creating',
    );
    for (const mount of created) await this.#create(mount);
    const isPublished = await this.publish();
    if (isPublished) await this.#deletions.takeDown(this.all());
    for (const { mountId, quotaBytes } of usable) {
      const mount = this.find(mountId);
      if (mount?.state === 'ready' && quotaBytes !== undefined) await this.#quotas.follow(mount, quotaBytes);
    }
    await this.#deps.space.sample(
      this.#inUse().filter(({ isListed, state }) => isListed && state === 'ready'),
    );
    return this.#tellingState() !== before;
  }

  /** All that the answer changes in the journal, at once: a call finds the state of before or of after. */
  #takeOver(storeState: StoreState, listed: readonly ListedMount[]): ListedMount[] {
    const { journal } = this.#deps;
    return journal.transaction(() => {
      journal.store.state = storeState;
      this.#deletions.follow(listed);
      const usable = listed.filter((mount) => this.#isUsable(mount));
      journal.mounts.replaceList(
        usable.map((mount) => ({ ...mount, isMarkedForDelete: mount.state === 'marked-for-delete' })),
      );
      for (const { mountId, lastSnapName } of usable) {
        const number = snapNumberOf(lastSnapName ?? '');
        if (number !== undefined) journal.mounts.raiseLastSnapshot(mountId, number);
      }
      this.#deletions.mark(usable);
      this.#deletions.withdrawDrained(this.all());
      return usable;
    });
  }

  /** What, once it changes, is told the service at once. */
  #tellingState(): string {
    const mounts = this.all().map(({ mountId, state }) => [
      mountId,
      state,
      this.#deletions.find({ mountId }),
    ]);
    return JSON.stringify([this.storeState, mounts]);
  }

  /** Exports all mounts that are in use, and withdraws the others. Answers whether exactly these are exported. */
  publish(): Promise<boolean> {
    return this.#deps.exports.follow(this.#inUse());
  }

  #inUse(): Mount[] {
    return this.all().filter((mount) => this.#deletions.isInUse(mount));
  }

  /** Why clients cannot mount the mount over the network, or undefined. */
  findExportProblem(mount: Mount): Promise<string | undefined> {
    return this.#deps.exports.findProblem(mount, this.#inUse());
  }

  /** Whether this store can hold mounts to a quota. */
  get hasQuotas(): boolean {
    return this.#quotas.isPossible;
  }

  /** Snapshots, late logs and restores that are not at their end, also of mounts that the service does not list. */
  countUnfinished(): number {
    const { snapshots, logs, restores } = this.#deps.journal;
    return snapshots.countUnfinished() + logs.countUndelivered() + restores.allUnreported().length;
  }

  /** What the next poll tells the service. */
  async report(): Promise<ReportedMount[]> {
    const listed = this.all().filter(({ isListed }) => isListed);
    return Promise.all(listed.map((mount) => this.#reportOf(mount)));
  }

  async #reportOf(mount: Mount): Promise<ReportedMount> {
    const { mountId } = mount;
    const deletion = this.#deletions.find(mount);
    if (deletion?.state === 'withdrawn') {
      const { fence: deleteFence, remark } = deletion;
      return { mountId, state: 'withdrawn', deleteFence, ...reasonOf(remark ?? undefined) };
    }
    const { journal, exports, space, log } = this.#deps;
    const problem = await this.findProblem(mount);
    const figures =
      problem === undefined
        ? await space.report(mount).catch((error: unknown) => {
            log.warn({ mount: mount.name, err: error }, 'the free space of the mount cannot be measured');
          })
        : undefined;
    const quotaBytes = this.#quotas.inForce(mount);
    const keptPoints = journal.kept.ofMount(mountId).map(({ recoveryPointId }) => recoveryPointId);
    return {
      mountId,
      state: problem === undefined ? 'ready' : 'inconsistent',
      ...reasonOf(problem ?? (deletion && this.#deletions.findObstacle(mount))),
      exportState: exports.stateOf(mount),
      ...(figures && spaceOf(figures)),
      ...pendingOf(journal.snapshots.allPending(mountId)),
      ...(mount.backupStartedAt !== null && { backupStartedAt: mount.backupStartedAt }),
      ...(quotaBytes !== undefined && { quotaBytes }),
      exportPath: join(this.#deps.exportRoot, mount.name),
      ...(keptPoints.length > 0 && { keptPoints: keptPoints.slice(0, maxKeptPoints) }),
    };
  }

  /** Why the mount cannot be used, or undefined. */
  async findProblem(mount: Mount): Promise<string | undefined> {
    if (mount.state === 'creating') return 'its folders could not be made';
    const { folders, mountId } = mount;
    return (
      (await findInconsistency(folders, mountId)) ??
      (await this.#deps.snapshots.current.findProblem(folders, mountId))
    );
  }

  async #create(mount: Mount): Promise<void> {
    const { mountId, name, folders } = mount;
    try {
      await this.#deps.snapshots.current.prepareMount(folders, mountId);
      await createMountFolders(folders, mountId);
      this.#deps.journal.mounts.markReady(mountId);
      this.#deps.log.info({ mountId, name, path: folders.root }, 'mount created');
      // The folders may be older than this journal.
      await tellUnknownSnapshots(
        { journal: this.#deps.journal, snapshots: this.#deps.snapshots, log: this.#deps.log },
        mount,
      );
    } catch (error) {
      this.#deps.log.error({ mountId, name, err: error }, 'the folders of the mount cannot be made');
    }
  }

  /** The name is the folder's: it can neither change nor serve two mounts. */
  #isUsable({ mountId, name }: ListedMount): boolean {
    const byId = this.#deps.journal.mounts.find(mountId);
    const byName = this.#deps.journal.mounts.findByName(name);
    const isUsable = (byId?.name ?? name) === name && (byName?.mountId ?? mountId) === mountId;
    if (!isUsable) {
      this.#deps.log.error(
        { mountId, name, knownName: byId?.name, knownMountId: byName?.mountId },
        'the service lists a mount under a name that this store knows differently: the mount is left out',
      );
    }
    return isUsable;
  }

  #withFolders(record: MountRecord): Mount {
    return { ...record, folders: foldersOf(this.#deps.mountsDirectory, record.name) };
  }
}
