import type { Database, DatabaseNames, DatabasePoint } from '../domain/database.ts';
import type { CredentialId, HoldId, MountId, RestoreId, StoreId, UploadId } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';
import type { MountHistory } from '../domain/journal/mount-history.ts';
import type { JournalEntry } from '../domain/journal.ts';
import type { Mount, SnapshotOrder, StoreReport } from '../domain/mount.ts';
import type { PointDeletion, RecoveryPoint } from '../domain/recovery-point.ts';
import type {
  Restore,
  RestoreDamage,
  RestoreProgress,
  restoreEndStates,
  StoreCommand,
} from '../domain/restore.ts';
import type { Clearance } from '../domain/retention/clearance.ts';
import type { Hold } from '../domain/retention/hold.ts';
import type { PlanNote } from '../domain/retention/plan-note.ts';
import type { ExpiryCount } from '../domain/retention/share.ts';
import type { ActivationCode, Credential, PollMark, Store } from '../domain/store.ts';
import type { Upload, UploadCommit, UploadState } from '../domain/upload.ts';
import type { LogRow } from '../domain/vault/manifest-rows.ts';
import type { AlertCatalog } from './catalog/alerts.ts';
import type { IdempotencyClaim, IdempotencyOutcome, Page, PageRequest } from './catalog/page.ts';
import type { AgentCatalog, RequestCatalog } from './catalog/requests.ts';
import type { Lease, StagedFilesCatalog } from './catalog/staged-files.ts';

export type { IdempotencyClaim, IdempotencyOutcome, Page, PageRequest };

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
  readonly holds: HoldCatalog;
  readonly plans: PlanCatalog;
  readonly restores: RestoreCatalog;
  readonly requests: RequestCatalog;
  readonly alerts: AlertCatalog;
  readonly agents: AgentCatalog;
  readonly outbox: JournalOutbox;
  readonly rebuild: CatalogRebuild;
}

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
   * Puts the settings, state, deletion, reconciliation and retirement of `next` in the place of those of `mount`, with the entry, in one transaction,
   * while the journal ends where `mount` says, in the state that `mount` says. Becoming `gone` frees the name within the
   * store, and is a conflict while an upload is open. `dueAt` stays as it is where `next` has none.
   */
  change(
    mount: Mount,
    next: Pick<
      Mount,
      | 'state'
      | 'expire'
      | 'policy'
      | 'maxPendingSnapshots'
      | 'quotaBytes'
      | 'backupEvery'
      | 'deletion'
      | 'reconciliation'
      | 'retirement'
      | 'dataKeys'
      | 'dueAt'
    >,
    entry: JournalEntry,
  ): Promise<'changed' | 'conflict'>;
  /** While the mount's line and journal stand where `mount` says: what made it due since must not be lost. A clearance stays where none is given. */
  noteDue(mount: Mount, dueAt: Instant, clearance?: Clearance): Promise<'noted' | 'conflict'>;
  /**
   * Mounts whose `dueAt` is not after `until`, by it, in one of `dueShards` parts. Eventually consistent: read each again.
   * Mounts without `dueAt` are in no list.
   */
  listDue(shard: number, until: Instant, page: PageRequest): Promise<Page<Mount>>;
  /** While no other order stands: none, one that has ended, or one whose deadline is past at `order.requestedAt`. */
  orderSnapshot(mountId: MountId, order: SnapshotOrder): Promise<'ordered' | 'busy'>;
  /** What its store says of the order that stands, with the same id and `ordered`. */
  endSnapshotOrder(mountId: MountId, order: SnapshotOrder): Promise<'noted' | 'refused'>;
  /** A report older than the one noted changes nothing. */
  noteReport(mountId: MountId, report: StoreReport): Promise<void>;
}

export interface UploadCatalog {
  /**
   * One transaction: the mount is not gone and has no open upload, its head is `upload.parent`, its fence is one less than
   * `upload.fence` and its epoch is `upload.epoch`; the parent is live and gets the pin `upload:{id}`; the upload is put and reserved for its
   * snapshot; its request, when it has one, has not ended and becomes `uploading` with it. `snapshot-known`: an upload of this snapshot exists that is not closing or closed (a closed one gives
   * its reservation up to the new one). `conflict`: read the mount again.
   */
  open(upload: Upload): Promise<
    | { readonly outcome: 'opened' }
    | { readonly outcome: 'snapshot-known'; readonly uploadId: UploadId }
    /** Of `upload.requestId`: it ends with its abortion, and no upload follows. */
    | { readonly outcome: 'request-ended' }
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
  /**
   * The prefix was empty at `closedAt`: closing → closed with its entry, the next of the mount's journal; on one that is closed,
   * only the time (no entry). `conflict` when an object has arrived since `upload` was read, or another entry came first.
   */
  endClosing(
    upload: Upload,
    closedAt: Instant,
    entry: JournalEntry | undefined,
  ): Promise<'changed' | 'conflict'>;
  /** Remembers until when locked objects keep the prefix of an upload that was given up from being empty. */
  noteBlocked(uploadId: UploadId, until: Instant): Promise<void>;
  /**
   * Uploads in a state, oldest first; `closing` are all that need a sweep (`needsSweep`), also closed ones. Eventually consistent:
   * read each again before acting on it.
   */
  listByState(state: Exclude<UploadState, 'committed' | 'closed'>, page: PageRequest): Promise<Page<Upload>>;
}

/** What a late log changes of a point. */
export type RenewedMap = Required<Pick<RecoveryPoint, 'fileMap' | 'warnings'>> &
  Pick<RecoveryPoint, 'judgement'>;

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
   * Puts a newer file map in the place of `current.fileMap`, with its judgement or without one, and its entry, the next of the
   * mount's journal; raises lineVersion, for what retention decided by may have changed. `conflict` when that is no longer the
   * point's, or another entry came first.
   */
  changeFileMap(
    current: RecoveryPoint,
    next: RenewedMap,
    entry: JournalEntry,
  ): Promise<'changed' | 'conflict'>;
  /**
   * The points of a mount in the order of the line, tombstones included, with their pins, strongly consistent; from
   * `lineFrom` on, or from the beginning.
   */
  line(
    mount: Pick<Mount, 'mountId' | 'lineFrom'>,
    page: PageRequest,
  ): Promise<Page<{ readonly point: RecoveryPoint; readonly pins: readonly string[] }>>;
  /**
   * available → pending-deletion, with its entry and the mount's counts of expiries. Conditional on the line and the
   * journal of `mount` as read, on the lines of the mounts in `unchanged` (at most 50), and on the point having no pin.
   */
  markForDeletion(
    mount: Mount,
    recoveryPointId: UploadId,
    change: {
      readonly deletion: PointDeletion;
      readonly expiries: readonly ExpiryCount[];
      readonly unchanged: readonly Pick<Mount, 'mountId' | 'lineVersion'>[];
      readonly entry: JournalEntry;
    },
  ): Promise<'changed' | 'conflict'>;
  /** pending-deletion → available, with its entry, while line and journal of `mount` are as read; it may get an expire. */
  undelete(
    mount: Mount,
    recoveryPointId: UploadId,
    change: {
      readonly own?: Required<Pick<RecoveryPoint, 'expire' | 'expiresAt'>>;
      readonly dueAt: Instant;
      readonly entry: JournalEntry;
    },
  ): Promise<'changed' | 'conflict'>;
  /** Gives a live point an expire of its own, with its entry, while line and journal of `mount` are as read. */
  changeExpire(
    mount: Mount,
    recoveryPointId: UploadId,
    change: {
      readonly own: Required<Pick<RecoveryPoint, 'expire' | 'expiresAt'>>;
      readonly dueAt: Instant;
      readonly entry: JournalEntry;
    },
  ): Promise<'changed' | 'conflict'>;
  /** Names of the pins on a point, such as `upload:{id}` and `restore:{id}`. */
  pins(recoveryPointId: UploadId): Promise<readonly string[]>;
  /**
   * The nearest live points on both sides of a place in the line: from the base table, strongly consistent, the previous
   * read before the next (PROTOCOL 11).
   */
  neighbours(
    mount: Pick<Mount, 'mountId' | 'lineFrom'>,
    seq: number,
  ): Promise<{ readonly previous?: RecoveryPoint; readonly next?: RecoveryPoint }>;
  /**
   * Points whose data may go by then: pending ones by `reclaimAfter`, reclaiming ones at once or by `blockedUntil`; in
   * that order. Eventually consistent: read each again before acting on it.
   */
  listDeleting(dueBy: Instant, page: PageRequest): Promise<Page<RecoveryPoint>>;
  /**
   * pending-deletion → reclaiming with `deletion.reclaim`, final: head and `lineFrom` move, lineVersion rises, and the entry goes
   * to the outbox. Conditional on line, epoch and journal of `mount` as read, on the lines of the mounts in `unchanged` (at most
   * 50), on `deletion` being that of the point but for `reclaim`, on no pin, and on the upload's `urlUntil` as read.
   */
  beginReclaim(
    mount: Mount,
    point: RecoveryPoint,
    change: {
      readonly deletion: PointDeletion;
      readonly urlUntil: Instant;
      readonly headId: UploadId | undefined;
      readonly lineFrom: number | undefined;
      readonly unchanged: readonly Pick<Mount, 'mountId' | 'lineVersion'>[];
      readonly entry: JournalEntry;
      /** Of the mount from now on; without one it has none. */
      readonly clearance?: Clearance | undefined;
    },
  ): Promise<'changed' | 'conflict'>;
  /** Remembers until when locked objects keep a reclaiming point from becoming a tombstone. */
  noteBlocked(point: RecoveryPoint, until: Instant): Promise<void>;
  /** reclaiming (with this list) → tombstone, with its entry, the next of the mount's journal. */
  endReclaim(
    mount: Mount,
    point: RecoveryPoint,
    change: {
      readonly goneAt: Instant;
      readonly entry: JournalEntry;
      /** Stays as it is where none is given. */
      readonly clearance?: Clearance | undefined;
    },
  ): Promise<'changed' | 'conflict'>;
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

/** Holds lie beside what they hold: the copy under a mount or database is what protects, the hold itself is the record. */
export interface HoldCatalog {
  /**
   * The hold, and what it protects by: the copy under its database; or under its mount (`of`), whose line and journal
   * are as read, with the entry.
   */
  place(
    hold: Hold,
    of: { readonly mount: Mount; readonly entry: JournalEntry } | undefined,
    claim?: IdempotencyClaim,
  ): Promise<{ readonly outcome: 'placed' } | { readonly outcome: 'conflict' } | IdempotencyOutcome>;
  /** Raises a mount that a database's hold touches: copy and entry, while line and journal are as read. A repeat is `raised`. */
  raise(mount: Mount, hold: Hold, entry: JournalEntry): Promise<'raised' | 'conflict'>;
  /** Takes the copy from a mount, with its entry; the mount is due at `dueAt`. `absent`: there is none. */
  lower(
    mount: Mount,
    hold: Hold,
    change: { readonly dueAt: Instant; readonly entry: JournalEntry },
  ): Promise<'lowered' | 'absent' | 'conflict'>;
  /** Notes that it is lifted and takes its copy from its database. Again keeps the first. */
  end(hold: Hold, lifted: NonNullable<Hold['lifted']>): Promise<void>;
  find(holdId: HoldId): Promise<Hold | undefined>;
  /** Newest first, lifted ones too. */
  list(page: PageRequest): Promise<Page<Hold>>;
  /** Those in force under a mount, strongly consistent. */
  ofMount(mountId: MountId): Promise<readonly Hold[]>;
  /** Those in force on a database, strongly consistent. */
  ofDatabase(databaseId: string): Promise<readonly Hold[]>;
}

/** Plans by mount and time. The plans themselves are in the vault. */
export interface PlanCatalog {
  /** A repeat changes nothing. */
  note(plan: PlanNote): Promise<void>;
  find(plan: Pick<PlanNote, 'mountId' | 'madeAt' | 'sha256'>): Promise<PlanNote | undefined>;
  /** Newest first. */
  list(mountId: MountId, page: PageRequest): Promise<Page<PlanNote>>;
  /** Notes the consent to a stopped plan, with its entry, while the journal of `mount` is as read. */
  consent(
    mount: Mount,
    plan: PlanNote,
    change: { readonly consent: NonNullable<PlanNote['consent']>; readonly entry: JournalEntry },
  ): Promise<'changed' | 'conflict'>;
  /** Whether this run of a schedule is its owner's: schedules fire at least once. Forgotten after `forgetAt`. */
  takeRun(run: {
    readonly name: string;
    readonly owner: string;
    readonly forgetAt: Instant;
  }): Promise<'taken' | 'held'>;
}

export interface RestoreCatalog extends StagedFilesCatalog {
  /** The next number for `jobId`, from an atomic counter that begins at 1. */
  nextJobId(): Promise<number>;
  /**
   * Puts the restore and pins its point (`restore:{id}`, `clone:{id}`), which must be available, in one transaction. `mount-diverged`: a rebuild voids
   * the pins of such a mount, and ends the restores that it finds by them.
   */
  create(
    restore: Restore,
    claim?: IdempotencyClaim,
  ): Promise<{ readonly outcome: 'created' | 'point-not-available' | 'mount-diverged' } | IdempotencyOutcome>;
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
  /** What the store could not restore, under this fence, while the restore runs. */
  noteDamage(restoreId: RestoreId, fence: number, damage: RestoreDamage): Promise<'noted' | 'refused'>;
  /**
   * Ends it, drops the pin and the command in one transaction, while it has not ended. `already-ended` otherwise. With a lease the
   * files are present from here on: the command becomes the order to remove them, fence + 1, and a clone's pin stays.
   */
  end(
    restore: Restore,
    end: {
      readonly state: (typeof restoreEndStates)[number];
      readonly at: Instant;
      readonly reason?: string;
      readonly progress?: RestoreProgress;
      readonly damage?: RestoreDamage;
      readonly lease?: Lease;
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

/** What only a rebuild from the vault may do: it writes over whatever is there. */
export interface CatalogRebuild {
  /** Puts a store that is not there; one that is stays. A name that another store has by now is completed by the id. */
  addStore(store: Store): Promise<void>;
  /**
   * Takes the mount for a rebuild, if it is as it was read (epoch, journal, lineVersion): marks it as diverged, raises lineVersion,
   * and answers it as it then is. From here on nothing adds to its journal, and whoever took it before gets a conflict.
   */
  claimMount(seen: Mount, at: Instant): Promise<Mount | 'conflict'>;
  /**
   * Puts what the journal says in the place of everything that the catalog has of the mount: points (without pins),
   * uploads, holds, its name, its outbox. `claimed` is the answer of `claimMount`; undefined where the catalog has no such mount.
   * `conflict`: it is not so any more, and whatever the other run has put stands. The mount itself comes last and is marked until then: a
   * run that was cut off is seen by it, and is run again. Fence and lineVersion never go down. `pending` are the last
   * entries of `history`, at most 90, which are not in the vault yet.
   */
  replaceMount(
    history: MountHistory,
    pending: readonly JournalEntry[],
    claimed: Mount | undefined,
  ): Promise<'replaced' | 'conflict'>;
  /** Numbers of restores begin above it: they name folders on the stores' disks. Never lowers them. */
  raiseJobIds(above: number): Promise<void>;
}
