import type { MountId } from '../../shared/domain/ids.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import type { Listing } from '../mover/upload/list-tree.ts';

/** Every way of freezing that a journal may name. */
export const snapshotKinds = ['zfs', 'reflink', 'read-in-place'] as const;
export type SnapshotKind = (typeof snapshotKinds)[number];

/** The folders of a mount that snapshots have to do with. */
export interface SnapshotFolders {
  readonly root: string;
  /** What is frozen. */
  readonly oracleData: string;
  /** Where frozen states may be kept; on the same file system. */
  readonly snapshots: string;
}

/** A snapshot to be made. */
export interface NewSnapshot {
  readonly snapshotId: string;
  /** When the PUT arrived: what the snapshot is stamped with, where snapshots can carry a stamp. */
  readonly requestedAt: Instant;
}

/** A state of a mount that reads the same until it is released. */
export interface FrozenSnapshot {
  readonly root: string;
  /**
   * What `root` holds, to be gone through once and to its end. Where nothing else can prevent a change, comparing with it
   * reveals one.
   */
  readonly listing: Listing;
}

export interface SnapshotSize {
  /** What its release would free; where blocks are shared and nobody counts them, the most that it can be. */
  readonly usedBytes: number;
  /** What it gives access to, whoever else holds it too. */
  readonly referencedBytes: number;
}

/** What becomes a clone: out of sight in `work` first, which does not exist, then at `to`. */
export interface NewClone {
  readonly cloneId: string;
  readonly work: string;
  readonly to: string;
}

/** Writable copies of snapshots that share their blocks with them: instant, and without space until they are written to. */
export interface SnapshotClones {
  /** What tells the snapshot from any other that ever has its name. */
  identify(folders: SnapshotFolders, snapshotId: string): Promise<string>;
  /** Whether anybody's copies of the snapshot exist. */
  hasAny(folders: SnapshotFolders, snapshotId: string): Promise<boolean>;
  /** Makes one with what the snapshot holds of `oracleData`; it appears complete. Again, also after a crash, is no error. */
  make(folders: SnapshotFolders, snapshotId: string, clone: NewClone): Promise<void>;
  /** Removes one, complete or not, with what was written to it; again or unknown is no error. */
  destroy(folders: SnapshotFolders, cloneId: string): Promise<void>;
}

/** One way to keep the state of a mount while it is uploaded. */
export interface Snapshots {
  readonly kind: SnapshotKind;
  /** Whether the mount must not be written to as long as a snapshot of it is pending. */
  readonly isMountBusyWhilePending: boolean;
  /** Why mounts in this folder cannot be frozen in this way, or undefined. */
  findObstacle(mountsDirectory: string): Promise<string | undefined>;
  /** Called before the folders of a mount are made, again after a crash. Never harms what is there. */
  prepareMount(folders: SnapshotFolders, mountId: MountId): Promise<void>;
  /** Why the mount is not, or no longer, as prepareMount left it, or undefined. */
  findProblem(folders: SnapshotFolders, mountId: MountId): Promise<string | undefined>;
  /** Gives up what prepareMount made its own, once the mount's folders are gone; deletes nothing. Again is no error. */
  forgetMount?(folders: SnapshotFolders, mountId: MountId): Promise<void>;
  /** Limits what the mount may take of the disk, 0 without limit; absent where nothing can. */
  setQuota?(folders: SnapshotFolders, quotaBytes: number): Promise<void>;
  /**
   * Complete and on disk when it resolves. What an interrupted freeze of the same id left is replaced. Throws
   * SNAPSHOT_FILE_CHANGED (MoverError) when the mount is seen to change meanwhile.
   */
  freeze(folders: SnapshotFolders, snapshot: NewSnapshot): Promise<FrozenSnapshot>;
  rootOf(folders: SnapshotFolders, snapshotId: string): string;
  /** The ids of all snapshots that take space, complete or not. */
  list(folders: SnapshotFolders): Promise<string[]>;
  sizeOf(folders: SnapshotFolders, snapshotId: string): Promise<SnapshotSize>;
  /** Absent: no copy of its snapshots is cheap. */
  readonly clones?: SnapshotClones;
  /** Gives up a snapshot, complete or not; again or unknown is no error. */
  release(folders: SnapshotFolders, snapshotId: string): Promise<void>;
}
