import type { MountId, StoreId, UploadId } from './ids.ts';
import type { Instant } from './instant.ts';

export type RecoveryPointState = 'available' | 'pending-deletion' | 'reclaiming' | 'tombstone';

/** A committed, verified snapshot. Its id is its upload's. */
export interface RecoveryPoint {
  readonly recoveryPointId: UploadId;
  readonly mountId: MountId;
  readonly storeId: StoreId;
  /** Place in the mount's line. */
  readonly seq: number;
  readonly state: RecoveryPointState;
  readonly parentId?: UploadId;
  readonly snapName: string;
  /** The PUT request's time by the store's clock; what people call the point's time. */
  readonly takenAt: Instant;
  readonly committedAt: Instant;
  /** Counted from `committedAt`, the service's clock: the store's clock may be off by any amount. */
  readonly expiresAt: Instant | 'never';
  readonly manifestSha256: string;
  readonly manifestBytes: number;
  readonly totals: RecoveryPointTotals;
}

export interface RecoveryPointTotals {
  readonly files: number;
  /** Sum of the files' sizes. */
  readonly bytes: number;
  /** Own objects (packs, map bundles, logs, manifest) and their stored bytes. */
  readonly ownObjects: number;
  readonly ownStoredBytes: number;
}

/** Live: its data must stay. */
export const isLive = (state: RecoveryPointState): boolean =>
  state === 'available' || state === 'pending-deletion';
