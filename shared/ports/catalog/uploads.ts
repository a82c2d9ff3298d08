import type { StoreId, UploadId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { JournalEntry } from '../../domain/journal.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import type { Upload, UploadCommit, UploadState } from '../../domain/upload.ts';
import type { Page, PageRequest } from './page.ts';

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
  /**
   * Raises `urlUntil` and `leaseUntil` (never lowers them) while the upload is open with this fence, its deadline is after `now`
   * and, where one is named, it belongs to the store. Answers the upload as it is then; undefined where nothing was changed.
   */
  extend(
    uploadId: UploadId,
    expected: { readonly fence: number; readonly now: Instant; readonly storeId?: StoreId },
    until: { readonly urlUntil: Instant; readonly leaseUntil: Instant },
  ): Promise<Upload | undefined>;
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
