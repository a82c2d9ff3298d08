import type { PointRequest } from './backup-request.ts';
import type { PointDamage } from './damage.ts';
import type { MountId, StoreId, UploadId } from './ids.ts';
import type { Instant } from './instant.ts';
import type { JudgementSummary } from './recoverability/judgement.ts';
import type { ExpireReason } from './retention/decision.ts';
import type { LogRow } from './vault/manifest-rows.ts';

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
  /** Given for this point alone, as written; it wins over the mount's. */
  readonly expire?: string;
  /** The request that it was made for; absent when a script of the DBA began it. */
  readonly request?: PointRequest;
  readonly manifestSha256: string;
  readonly manifestBytes: number;
  readonly totals: RecoveryPointTotals;
  /** Absent on points that were recorded before there were maps. */
  readonly fileMap?: PointFileMap;
  /** What can be restored of its databases, judged from that file map. Absent: not judged, everything about it is unknown. */
  readonly judgement?: JudgementSummary;
  /** What somebody should look at; the point is whole in itself. */
  readonly warnings?: readonly PointWarning[];
  /** What of it the vault has lost, as far as it is known; absent when nothing is. */
  readonly damage?: PointDamage;
  /** Logs that came after the commit, in their order; they stand in no manifest. */
  readonly lateLogs?: readonly LogRow[];
  /** Nobody can delete its data before then (Object Lock). */
  readonly lockedUntil?: Instant;
  /** Set when it became pending; an undelete takes it away, a tombstone keeps it. */
  readonly deletion?: PointDeletion;
}

/** The deletion of a point, from the mark to the tombstone. */
export interface PointDeletion {
  /** By the service's clock. */
  readonly markedAt: Instant;
  /** Its data stays at least until then: the later of the service's and S3's clock at the mark, plus the undo window. */
  readonly reclaimAfter: Instant;
  readonly because: ExpireReason;
  /** Of the stored plan that named it. */
  readonly planSha256: string;
  /** The one decision of what goes (PROTOCOL 11), set with `reclaiming`. */
  readonly reclaim?: {
    readonly at: Instant;
    readonly listSha256: string;
    readonly objects: number;
    readonly bytes: number;
    /** Of the journal's entry: nothing is deleted before that is stored. */
    readonly journalNumber: number;
  };
  /** Some of its objects are locked: it is tried again then. */
  readonly blockedUntil?: Instant;
  /** When the last object of the list was gone. */
  readonly goneAt?: Instant;
}

/** Where the newest file map of the point is, or why there is none: it still restores, as plain files. */
export type PointFileMap =
  | { readonly state: 'stored'; readonly number: number }
  | { readonly state: 'failed'; readonly reason: string };

export interface PointWarning {
  readonly code: WarningCode;
  readonly text: string;
  /** Of `INSTANCE_DOWN`: their names. */
  readonly instances?: readonly string[];
}

export const warningCodes = [
  /** The backup may still have been running when the snapshot was taken: its log has no end. */
  'LOG_TRUNCATED',
  'LOG_UNREADABLE',
  /** More logs than are read for one point. */
  'LOGS_TOO_MANY',
  'BACKUP_FAILED',
  /** Of a cluster: an instance went down during the backup, which went on with the others. */
  'INSTANCE_DOWN',
  /** The log names files that the snapshot lacks. */
  'FILES_MISSING',
  /** Files of backups have another content than when they were made. */
  'FILES_CHANGED',
  /** Files of backups are cut off. */
  'FILES_DAMAGED',
  /** Earlier points have no file map: what their logs said before is not known here. */
  'HISTORY_UNKNOWN',
  'FILE_MAP_FAILED',
  /** What can be restored of the databases could not be worked out: it is unknown. */
  'JUDGEMENT_FAILED',
] as const;
export type WarningCode = (typeof warningCodes)[number];

export interface RecoveryPointTotals {
  readonly files: number;
  /** Sum of the files' sizes. */
  readonly bytes: number;
  /** Own objects (packs, map bundles, logs, manifest) and their stored bytes. */
  readonly ownObjects: number;
  readonly ownStoredBytes: number;
  /** In the manifest's table; absent on points of earlier versions. */
  readonly logs?: number;
}

/** Live: its data must stay. */
export const isLive = (state: RecoveryPointState): boolean =>
  state === 'available' || state === 'pending-deletion';
