import type { MountId, StoreId, UploadId } from './ids.ts';
import type { Instant } from './instant.ts';

/**
 * An exported folder of a store: the unit of lineage, policy and clean-up. Its history is one line.
 * Mount ids are never used again.
 */
export interface Mount {
  readonly mountId: MountId;
  readonly storeId: StoreId;
  readonly name: string;
  /** `creating` until the gateway has reported its folders. */
  readonly state: 'creating' | 'ready';
  readonly volumeId: number;
  /** Default expire of its recovery points, as written: `#w #d #h #m` or `never`. */
  readonly expire: string;
  readonly maxPendingSnapshots: number;
  readonly createdAt: Instant;
  /** Number of the newest commit; the only order of the line, never ULID, time or an index. 0 before the first. */
  readonly seq: number;
  /** The live point with the highest seq. */
  readonly headId?: UploadId;
  /** Raised by every commit, deletion state change, hold, verification result and undelete. */
  readonly lineVersion: number;
  /** Raised by a rebuild of the catalog: leases, pins and fences of an older epoch are void. */
  readonly epoch: number;
  /** Fence of the newest upload that was opened. */
  readonly fence: number;
  readonly openUploadId?: UploadId;
  readonly journal: JournalPosition;
}

/** Where the mount's journal stands: its hash chain's end, and how much of it lies in the vault. */
export interface JournalPosition {
  /** Number of the newest entry, 0 before the first. */
  readonly number: number;
  /** SHA-256 (hex) of the newest entry's bytes; 64 zeros before the first. */
  readonly hash: string;
  /** Every entry up to this number is stored in the vault. */
  readonly stored: number;
}
