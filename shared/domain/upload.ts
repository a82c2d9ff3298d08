import type { MountId, RequestId, StoreId, UploadId } from './ids.ts';
import type { Instant } from './instant.ts';

/** open → committing → committed, or open → closing → closed. A refused commit goes back to open. */
export type UploadState = 'open' | 'committing' | 'committed' | 'closing' | 'closed';

/** Bringing one snapshot of a mount to the vault. */
export interface Upload {
  readonly uploadId: UploadId;
  readonly mountId: MountId;
  readonly storeId: StoreId;
  readonly state: UploadState;
  /** The gateway's own id of the snapshot (ULID): opening twice for one snapshot answers the same upload. */
  readonly snapshotId: string;
  readonly snapName: string;
  /** Proof of ownership: every write of the gateway names it, a takeover raises the mount's. */
  readonly fence: number;
  readonly epoch: number;
  /** The pinned parent, whose tables alone may be referenced; absent for the first point of a line. */
  readonly parent?: { readonly uploadId: UploadId; readonly manifestSha256: string };
  /** When the DBA's PUT arrived, by the store's clock: the time stamp of the snapshot. */
  readonly requestedAt: Instant;
  readonly openedAt: Instant;
  /** Hard end of an open upload, whatever it does. */
  readonly deadline: Instant;
  /** Others may close the upload after this; raised by activity. */
  readonly leaseUntil: Instant;
  /** No URL signed for the upload is valid after this; raised before signing. */
  readonly urlUntil: Instant;
  /** The request that the snapshot was made for. */
  readonly requestId?: RequestId;
  /** Expire given for this point; the mount's default otherwise. */
  readonly expire?: string;
  readonly commit?: UploadCommit;
  /** Why the last commit was refused; the upload is open again. */
  readonly refusal?: { readonly code: string; readonly message: string };
  readonly closeReason?: string;
  /** The newest arrival of an object after the upload was given up: its prefix must be swept again. */
  readonly lateObjectAt?: Instant;
  /** When its prefix was last found empty, after all its URLs had died. */
  readonly closedAt?: Instant;
  /** Some objects under its prefix are locked: they are tried again then. */
  readonly blockedUntil?: Instant;
  /** The point's place in the line, once committed. */
  readonly seq?: number;
  /** Number of the journal entry of its commit or its closing: nothing is told or deleted before the mount's `journal.stored` has reached it. */
  readonly journalNumber?: number;
}

/** What the gateway asked to commit. */
export interface UploadCommit {
  readonly manifestSha256: string;
  readonly manifestBytes: number;
  readonly requestedAt: Instant;
  /** Counts commits of this upload; names the workflow execution. */
  readonly attempt: number;
}

/** Whether something may lie under the prefix of an upload that was given up. */
export const needsSweep = ({ state, lateObjectAt, closedAt }: Upload): boolean =>
  state === 'closing' ||
  (state === 'closed' && lateObjectAt !== undefined && (closedAt === undefined || closedAt <= lateObjectAt));
