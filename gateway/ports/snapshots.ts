import type { ListedEntry } from '../mover/list-tree.ts';

export const snapshotKinds = ['reflink', 'read-in-place'] as const;
export type SnapshotKind = (typeof snapshotKinds)[number];

/** The folders of a mount that snapshots have to do with. */
export interface SnapshotFolders {
  /** What is frozen. */
  readonly oracleData: string;
  /** Where frozen states may be kept; on the same file system. */
  readonly snapshots: string;
}

/** A state of a mount that reads the same until it is released. */
export interface FrozenSnapshot {
  readonly root: string;
  /** What `root` holds. Where nothing else can prevent a change, comparing with it reveals one. */
  readonly listing: readonly ListedEntry[];
}

/** One way to keep the state of a mount while it is uploaded. */
export interface Snapshots {
  readonly kind: SnapshotKind;
  /** Whether the mount must not be written to as long as a snapshot of it is pending. */
  readonly isMountBusyWhilePending: boolean;
  /**
   * Complete and on disk when it resolves. What an interrupted freeze of the same id left is replaced. Throws
   * SNAPSHOT_FILE_CHANGED (MoverError) when the mount is seen to change meanwhile.
   */
  freeze(folders: SnapshotFolders, snapshotId: string): Promise<FrozenSnapshot>;
  rootOf(folders: SnapshotFolders, snapshotId: string): string;
  /** Gives up a snapshot, complete or not; again or unknown is no error. */
  release(folders: SnapshotFolders, snapshotId: string): Promise<void>;
}
