import type { BackupStrategy } from './backup-strategy.ts';
import type { CommandId, MountId, StoreId, UploadId } from './ids.ts';
import type { Instant } from './instant.ts';
import type { Clearance } from './retention/clearance.ts';
import type { MountPolicy } from './retention/policy.ts';
import type { ExpiryCount } from './retention/share.ts';
import type { WrappedDataKey } from './vault/encryption/data-key.ts';

/**
 * An exported folder of a store: the unit of lineage, policy and clean-up. Its history is one line.
 * Mount ids are never used again.
 */
export interface Mount {
  readonly mountId: MountId;
  readonly storeId: StoreId;
  readonly name: string;
  readonly state: MountState;
  readonly volumeId: number;
  /** Default expire of its recovery points, as written: `#w #d #h #m` or `never`. */
  readonly expire: string;
  /** The rest of its retention policy; absent: the defaults. */
  readonly policy?: MountPolicy;
  readonly maxPendingSnapshots: number;
  /** The most that it may take of the store's disk; 0: no limit; absent: whatever stands on the store. */
  readonly quotaBytes?: number;
  /** How often it is to be backed up, as written: `#w #d #h #m`, or `never` where nobody is to be told that it is late; absent: each day. */
  readonly backupEvery?: string;
  /** Of its databases, by name: what their requests need not say. */
  readonly strategies?: readonly BackupStrategy[];
  readonly createdAt: Instant;
  /** Number of the newest commit; the only order of the line, never ULID, time or an index. 0 before the first. */
  readonly seq: number;
  /** The live point with the highest seq. */
  readonly headId?: UploadId;
  /** No point before this place is live, or ever will be: where looking for neighbours ends. Absent: the line's beginning. */
  readonly lineFrom?: number;
  /** Raised by every commit, deletion state change, hold, verification result and undelete. */
  readonly lineVersion: number;
  /** Raised by a rebuild of the catalog: leases, pins and fences of an older epoch are void. */
  readonly epoch: number;
  /** Fence of the newest upload that was opened. */
  readonly fence: number;
  readonly openUploadId?: UploadId;
  readonly journal: JournalPosition;
  /** The catalog is from the past: the vault has another entry under this number. All of the mount stands still until it is replayed. */
  readonly diverged?: { readonly number: number; readonly at: Instant };
  /** Rebuilt from the vault then: nothing of it is marked or deleted before somebody has signed it off. */
  readonly reconciliation?: { readonly since: Instant };
  /** When retention has to look at it next; absent: at once. Every change that may let a point go sets it. */
  readonly dueAt?: Instant;
  /** How many of its points expired by the policy, by hours: the share of a day is limited. */
  readonly expiries?: readonly ExpiryCount[];
  /** What the last look at its whole line said of the points that wait for their reclaim. No part of the line, and not journaled. */
  readonly clearance?: Clearance;
  /** The newest list of objects that nothing needs which the journal says is carried out. */
  readonly orphans?: { readonly listSha256: string; readonly journalNumber: number };
  /** Set while it is marked for delete, and for ever when it is gone. */
  readonly deletion?: MountDeletion;
  /** Ordered: all of its points go, but for what is held or locked, also the last ones. Its end is that nothing lies under its uploads. */
  readonly retirement?: { readonly orderedAt: Instant; readonly orderedBy: string };
  /** No point behind this place references a pack that was moved to an archive class; absent: none was. */
  readonly coldThrough?: number;
  /** Of a mount that is encrypted on its site, in the order in which they were stored; only ever added to. */
  readonly dataKeys?: readonly WrappedDataKey[];
  /** The newest order to take a snapshot of it: no part of the line, and not journaled. */
  readonly snapshotOrder?: SnapshotOrder;
  /** What its gateway last said of it: no part of the line, and not journaled. */
  readonly storeReport?: StoreReport;
}

/**
 * `creating` until the gateway has reported its folders. `marked-for-delete` until the gateway has uploaded what is
 * pending and withdrawn it; then `gone`, with its recovery points kept.
 */
export type MountState = 'creating' | 'ready' | 'marked-for-delete' | 'gone';

export interface MountDeletion {
  /** Number of the mark's journal entry: no two marks of a mount share it, so that a late report of one counts for no other. */
  readonly fence: number;
  readonly markedAt: Instant;
  /** The credential that asked for it. */
  readonly markedBy: string;
  readonly goneAt?: Instant;
}

/** What may change of a mount by order; undefined stays as it is. */
export interface MountSettings {
  readonly expire?: string | undefined;
  readonly maxPendingSnapshots?: number | undefined;
  readonly quotaBytes?: number | undefined;
  readonly backupEvery?: string | undefined;
}

/** A gateway's report on a mount, with the service's time. What the gateway does not know is absent. */
export interface StoreReport {
  readonly at: Instant;
  readonly state: 'ready' | 'inconsistent' | 'withdrawn';
  /** Why it is inconsistent, or what its deletion waits for. */
  readonly reason?: string | undefined;
  /** `unmanaged`: the administrator of the store exports it. */
  readonly exportState?: 'exported' | 'failed' | 'unmanaged' | undefined;
  readonly freeBytes?: number | undefined;
  readonly totalBytes?: number | undefined;
  readonly pendingSnapshots?: number | undefined;
  /** When the oldest of them was asked for, by the store's clock. */
  readonly oldestPendingAt?: Instant | undefined;
  readonly timeToFullSeconds?: number | undefined;
  /** When the running backup began (START_BACKUP), by the store's clock. */
  readonly backupStartedAt?: Instant | undefined;
  /** The quota in force on the store. */
  readonly quotaBytes?: number | undefined;
  /** Its root as clients mount it: what is staged and cloned lies below. */
  readonly exportPath?: string | undefined;
  /** Points whose snapshots are still on the store, where clones of them are made at once. */
  readonly keptPoints?: readonly UploadId[] | undefined;
}

/** To freeze what lies in the mount and upload it, without a backup. `frozen`: from here on it is an upload like any other. */
export interface SnapshotOrder {
  readonly commandId: CommandId;
  readonly state: 'ordered' | 'frozen' | 'failed';
  readonly requestedAt: Instant;
  readonly requestedBy: string;
  /** Of `ordered`: a store that has not frozen it by then does not do so any more. */
  readonly deadline: Instant;
  /** As its gateway calls it. */
  readonly snapName?: string;
  readonly code?: string;
  readonly reason?: string;
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
