import type { Database, DatabaseNames, DatabasePoint } from '../domain/database.ts';
import type { CredentialId, MountId, RestoreId, StoreId, UploadId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { JournalEntry } from '../domain/journal.ts';
import type { Mount, StoreReport } from '../domain/mount.ts';
import type { RecoveryPoint } from '../domain/recovery-point.ts';
import type { Restore, RestoreProgress, StoreCommand } from '../domain/restore.ts';
import type { ActivationCode, Credential, PollMark, Store } from '../domain/store.ts';
import type { Upload, UploadCommit, UploadState } from '../domain/upload.ts';
import type { LogRow } from '../domain/vault/manifest-rows.ts';

/**
 * The catalog: what is known of stores, mounts, uploads, recovery points and restores.
 *
 * Every read by id is strongly consistent. Every change is one conditional write or one transaction: it happens
 * wholly or not at all, and a change that lost a race answers an outcome instead of throwing. Methods throw only for
 * what no caller can decide on (`ServiceError` INTERNAL with the cause: throttled for too long, table missing, …).
 *
 * Ids are never made twice: creating what is there already, under the same id, is a repeat. It changes nothing and
 * answers `created` (with a claim: `repeated`).
 */
export interface Catalog {
  readonly stores: StoreCatalog;
  readonly credentials: CredentialCatalog;
  readonly mounts: MountCatalog;
  readonly uploads: UploadCatalog;
  readonly recoveryPoints: RecoveryPointCatalog;
  readonly databases: DatabaseCatalog;
  readonly restores: RestoreCatalog;
  readonly outbox: JournalOutbox;
}

export interface PageRequest {
  /** 1–1000 */
  readonly limit: number;
  /** Of the page before; `PAGE_CURSOR_INVALID` is thrown when it is not one of this list's cursors. */
  readonly cursor?: string | undefined;
}

/** A keyset page: inserts elsewhere neither skip nor repeat a row. No cursor: the list ends here. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string;
}

/** Ties a POST to its Idempotency-Key: written in the same transaction as what the POST creates. */
export interface IdempotencyClaim {
  /** Caller, route and the caller's key. */
  readonly scope: string;
  /** SHA-256 (hex) of the request. */
  readonly requestSha256: string;
  /** What the request creates. */
  readonly resourceId: string;
  /** When the record may be forgotten (at least a day later). */
  readonly forgetAt: Instant;
}
/** The key was used before: for the same request (then `resourceId` is what it made), or for another. */
export type IdempotencyOutcome =
  | { readonly outcome: 'repeated'; readonly resourceId: string }
  | { readonly outcome: 'key-reused' };

export interface StoreCatalog {
  /** Store, its name's reservation and its first activation code in one transaction. */
  create(
    store: Store,
    code: ActivationCode,
    claim?: IdempotencyClaim,
  ): Promise<{ readonly outcome: 'created' } | { readonly outcome: 'name-taken' } | IdempotencyOutcome>;
  find(storeId: StoreId): Promise<Store | undefined>;
  /** In order of id, which is order of creation. */
  list(page: PageRequest): Promise<Page<Store>>;
  addActivationCode(code: ActivationCode): Promise<void>;
  findActivationCode(codeSha256: string): Promise<ActivationCode | undefined>;
  /**
   * Uses up the code, makes the store active with `credential` as its token, and revokes the token it had. The chain
   * of polls begins anew and a fork is over; a code for a replacement notes `replacedAt`.
   * A store that is being decommissioned stays so. `refused` when the code is unknown, used or past its time at `at`,
   * the store is decommissioned, or another activation came first.
   */
  activate(codeSha256: string, credential: Credential, at: Instant): Promise<'activated' | 'refused'>;
  /** A time before the one noted, or an unknown store, changes nothing. */
  noteSeen(
    storeId: StoreId,
    seen: {
      readonly at: Instant;
      readonly gatewayVersion: string;
      readonly capabilities: readonly string[];
    },
  ): Promise<void>;
  /** `conflict`: the store is not in the state `from`. The times noted are those of the state that it goes to. */
  changeState(
    storeId: StoreId,
    from: Store['state'],
    to: 'active' | 'decommissioning' | 'decommissioned',
    at: Instant,
  ): Promise<'changed' | 'conflict'>;
  /**
   * Makes `poll` the last one, while the store's token is `credentialId`, it has not forked, and its last poll is
   * `afterPollId` (none when undefined).
   */
  linkPoll(
    storeId: StoreId,
    credentialId: string,
    poll: PollMark,
    afterPollId: string | undefined,
  ): Promise<'linked' | 'refused'>;
  /** Marks the store while its token is `credentialId`; a mark that it has stays as it is. */
  markForked(storeId: StoreId, credentialId: string, forked: NonNullable<Store['forked']>): Promise<void>;
}

export interface CredentialCatalog {
  create(credential: Credential): Promise<void>;
  find(credentialId: CredentialId): Promise<Credential | undefined>;
  list(page: PageRequest): Promise<Page<Credential>>;
  /** `missing` when there is none; revoking twice keeps the first time. */
  revoke(credentialId: CredentialId, at: Instant): Promise<'revoked' | 'missing'>;
}

export interface MountCatalog {
  /** Mount, its name's reservation within the store and its first journal entry in one transaction. */
  create(
    mount: Mount,
    entry: JournalEntry,
    claim?: IdempotencyClaim,
  ): Promise<{ readonly outcome: 'created' } | { readonly outcome: 'name-taken' } | IdempotencyOutcome>;
  find(mountId: MountId): Promise<Mount | undefined>;
  /** In order of id; of one store when given (strongly consistent then). */
  list(filter: { readonly storeId?: StoreId }, page: PageRequest): Promise<Page<Mount>>;
  /** creating → ready; nothing changes in any other state. */
  markReady(mountId: MountId): Promise<void>;
  /**
   * Puts the settings, state and deletion of `next` in the place of those of `mount`, with the entry, in one transaction,
   * while the journal ends where `mount` says, in the state that `mount` says. Becoming `gone` frees the name within the
   * store, and is a conflict while an upload is open.
   */
  change(
    mount: Mount,
    next: Pick<Mount, 'state' | 'expire' | 'maxPendingSnapshots' | 'quotaBytes' | 'deletion'>,
    entry: JournalEntry,
  ): Promise<'changed' | 'conflict'>;
  /** A report older than the one noted changes nothing. */
  noteReport(mountId: MountId, report: StoreReport): Promise<void>;
}

export interface UploadCatalog {
  /**
   * One transaction: the mount is not gone and has no open upload, its head is `upload.parent`, its fence is one less than
   * `upload.fence` and its epoch is `upload.epoch`; the parent is live and gets the pin `upload:{id}`; the upload is put and reserved for its
   * snapshot. `snapshot-known`: an upload of this snapshot exists that is not closing or closed (a closed one gives
   * its reservation up to the new one). `conflict`: read the mount again.
   */
  open(
    upload: Upload,
  ): Promise<
    | { readonly outcome: 'opened' }
    | { readonly outcome: 'snapshot-known'; readonly uploadId: UploadId }
    | { readonly outcome: 'conflict' }
  >;
  find(uploadId: UploadId): Promise<Upload | undefined>;
  /** Raises `urlUntil` and `leaseUntil` (never lowers them) while the upload is open with this fence. */
  extend(
    uploadId: UploadId,
    fence: number,
    until: { readonly urlUntil: Instant; readonly leaseUntil: Instant },
  ): Promise<'extended' | 'refused'>;
  /**
   * open → committing with this fence, the attempt being one more than the last: two commits that share a number would
   * share a workflow. Forgets an earlier refusal.
   */
  beginCommit(uploadId: UploadId, fence: number, commit: UploadCommit): Promise<'begun' | 'refused'>;
  /** committing (this attempt) → open with the reason. */
  refuseCommit(
    uploadId: UploadId,
    attempt: number,
    refusal: { readonly code: string; readonly message: string },
  ): Promise<'refused' | 'not-committing'>;
  /**
   * The commit (PROTOCOL 9): conditional on the upload committing with this fence and manifest, the parent live, and
   * the mount as `expected`. Puts the point, moves the head, drops the pin, frees the mount, raises seq and
   * lineVersion, writes the entry to the outbox. `conflict`: nothing was changed, read everything again.
   */
  commit(change: {
    readonly upload: Upload;
    readonly recoveryPoint: RecoveryPoint;
    readonly expected: { readonly lineVersion: number; readonly journalNumber: number; readonly seq: number };
    readonly entry: JournalEntry;
  }): Promise<'committed' | 'conflict'>;
  /**
   * open → closing with its entry, the next of the mount's journal, while `urlUntil` is what the entry says: drops the pin and
   * frees the mount. With `leaseEndedBy` only if the lease had ended by then.
   */
  close(
    upload: Upload,
    change: { readonly reason: string; readonly entry: JournalEntry; readonly leaseEndedBy?: Instant },
  ): Promise<'closed' | 'conflict'>;
  /** Remembers on a closing or closed upload that an object arrived for it after all; nothing in other states. */
  noteLateObject(uploadId: UploadId, at: Instant): Promise<void>;
  /** Uploads in a state, oldest first. Eventually consistent: read each again before acting on it. */
  listByState(state: Exclude<UploadState, 'committed' | 'closed'>, page: PageRequest): Promise<Page<Upload>>;
}

export interface RecoveryPointCatalog {
  find(recoveryPointId: UploadId): Promise<RecoveryPoint | undefined>;
  /** The mount's points by `takenAt`, then id; newest first unless told otherwise; tombstones left out. */
  list(
    filter: {
      readonly mountId: MountId;
      readonly takenFrom?: Instant;
      /** Exclusive. */
      readonly takenBefore?: Instant;
      readonly order?: 'newest-first' | 'oldest-first';
    },
    page: PageRequest,
  ): Promise<Page<RecoveryPoint>>;
  /**
   * Adds a log that comes after the commit, in the place of what has its number, with its entry and the time until which its
   * URL is valid, in one transaction, while the point is live and the mount's journal ends where `mount` says.
   */
  addLateLog(
    mount: Mount,
    recoveryPointId: UploadId,
    change: { readonly row: LogRow; readonly urlUntil: Instant; readonly entry: JournalEntry },
  ): Promise<'added' | 'conflict'>;
  /**
   * Puts a newer file map in the place of `current.fileMap`, with its entry, the next of the mount's journal; `conflict`
   * when that is no longer the point's, or another entry came first.
   */
  changeFileMap(
    current: RecoveryPoint,
    next: Required<Pick<RecoveryPoint, 'fileMap' | 'warnings'>>,
    entry: JournalEntry,
  ): Promise<'changed' | 'conflict'>;
  /** Names of the pins on a point, such as `upload:{id}` and `restore:{id}`. */
  pins(recoveryPointId: UploadId): Promise<readonly string[]>;
}

export interface DatabaseCatalog {
  /**
   * Notes that a point has files of these databases, each with the names that its newest point says. Repeats change nothing.
   */
  note(point: Omit<DatabasePoint, 'databaseId'>, databases: readonly DatabaseNames[]): Promise<void>;
  find(databaseId: string): Promise<Database | undefined>;
  /** In order of id. */
  list(page: PageRequest): Promise<Page<Database>>;
  /** Newest first; also points that are no more: read each before showing it. */
  points(databaseId: string, page: PageRequest): Promise<Page<DatabasePoint>>;
}

export interface RestoreCatalog {
  /** The next number for `jobId`, from an atomic counter that begins at 1. */
  nextJobId(): Promise<number>;
  /** Puts the restore and pins its point (`restore:{id}`), which must be available, in one transaction. */
  create(
    restore: Restore,
    claim?: IdempotencyClaim,
  ): Promise<
    { readonly outcome: 'created' } | { readonly outcome: 'point-not-available' } | IdempotencyOutcome
  >;
  find(restoreId: RestoreId): Promise<Restore | undefined>;
  /** Newest first; of one mount when given. */
  list(filter: { readonly mountId?: MountId }, page: PageRequest): Promise<Page<Restore>>;
  /** Restores that have not ended, oldest first. Eventually consistent: read each again before acting on it. */
  listRunning(page: PageRequest): Promise<Page<Restore>>;
  /**
   * A hand-over to the store: fence + 1, the token, and the command (replacing an earlier one) in one transaction,
   * while the restore has not ended and its fence is `command.fence - 1`.
   */
  handOver(
    restoreId: RestoreId,
    taskToken: string,
    command: StoreCommand,
  ): Promise<'handed-over' | 'refused'>;
  /**
   * The store's report under this fence; the state becomes `staging`. A report older than the one noted is `noted` and
   * changes nothing. `refused`: not handed over, ended, or another fence.
   */
  noteProgress(
    restoreId: RestoreId,
    fence: number,
    progress: RestoreProgress,
    at: Instant,
  ): Promise<'noted' | 'refused'>;
  /**
   * Ends it, drops the pin and the command in one transaction, while it has not ended. `already-ended` otherwise.
   */
  end(
    restore: Restore,
    end: {
      readonly state: 'completed' | 'failed';
      readonly at: Instant;
      readonly reason?: string;
      readonly progress?: RestoreProgress;
    },
  ): Promise<'ended' | 'already-ended'>;
  /** Commands waiting for a store, oldest first, strongly consistent. */
  commandsFor(storeId: StoreId): Promise<readonly StoreCommand[]>;
}

export interface JournalOutbox {
  /** Entries of the mount that are not yet known to be stored, in order, strongly consistent. */
  pending(mountId: MountId, limit: number): Promise<readonly JournalEntry[]>;
  /** Removes the entry and raises the mount's `journal.stored` to its number, in order; repeats change nothing. */
  markStored(entry: JournalEntry): Promise<void>;
  /**
   * Marks the mount: the vault has another entry under this number. Raises lineVersion, so that no decision taken before
   * is carried out; a mark that it has stays.
   */
  markDiverged(mountId: MountId, diverged: NonNullable<Mount['diverged']>): Promise<void>;
}
