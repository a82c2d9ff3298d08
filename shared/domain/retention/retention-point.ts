import type { ExpireAfter } from '../expire.ts';
import type { UploadId } from '../ids.ts';
import type { Instant } from '../instant.ts';

/** What retention has to know of a live point (available or pending-deletion). */
export interface RetentionPoint {
  readonly recoveryPointId: UploadId;
  /** Place in the mount's line. */
  readonly seq: number;
  readonly state: 'available' | 'pending-deletion';
  /** By the store's clock, which may be off by any amount. */
  readonly takenAt: Instant;
  /** By the service's clock. */
  readonly committedAt: Instant;
  /** Given for this point alone. */
  readonly expire?: ExpireAfter;
  /** Somebody asked for its deletion: the policy decides no more. Absent on points that the policy itself let go. */
  readonly deletionRequested?: { readonly by: string; readonly at: Instant };
  /** Bytes of it are known to be gone or wrong. */
  readonly isDamaged: boolean;
  /** Whether a log says what is in it. `missing`: no log came, or none that could be read to its end. */
  readonly log: 'read' | 'missing';
  readonly databases: readonly RetentionDatabase[];
  /** Of the files that live points need and lack: those that this one has. `unknown`: it may have all of them. */
  readonly holdsFiles: readonly string[] | 'unknown';
  /** Nobody knows what it is built on: it may be anything that came before it. */
  readonly needsUnknown?: true;
  /** Ids of the holds on it. */
  readonly holds: readonly string[];
  /** Names of uploads, restores and clones that use it. */
  readonly pins: readonly string[];
  readonly lockedUntil?: Instant;
}

/** A database in a point. */
export interface RetentionDatabase {
  readonly dbid: string;
  readonly recoverable: 'yes' | 'no' | 'unknown';
  /** Files that its recovery needs and the snapshot lacks; each by a key that says which content is meant. */
  readonly lacksFiles: readonly string[];
  /** Every earlier point with this database may hold what it needs: no log says which. */
  readonly needsUnknown?: true;
  /** On how many mounts it is, where these are too many for one transaction to compare. */
  readonly tooManyMounts?: number;
}
