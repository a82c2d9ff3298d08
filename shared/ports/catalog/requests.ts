import type {
  AgentDatabase,
  BackupRequest,
  RequestEndState,
  RequestProgress,
} from '../../domain/backup-request.ts';
import type { CommandId, RequestId, StoreId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Mount } from '../../domain/mount.ts';
import type { IdempotencyClaim, IdempotencyOutcome, Page, PageRequest } from './page.ts';

/** What a store reports of a request that it has. */
export interface RequestReport {
  readonly progress: RequestProgress;
  readonly warnings?: readonly string[];
}

/** Which database of which store. */
export type DatabaseOfStore = Pick<BackupRequest, 'storeId' | 'database'>;

/** Requests of backups. A database has one that has not ended at most: see `create`. */
export interface RequestCatalog {
  /** The next number for `backupNumber`, from an atomic counter that begins at 1. */
  nextNumber(): Promise<number>;
  /**
   * Puts the request, makes it the running one of its database, and pins its parent (`request:{id}`), which must be available, in one
   * transaction, while no point has been committed to the mount since `mount` was read, and it is in step: whoever chose the parent by
   * what it saw has seen every child. `conflict`: read everything again.
   */
  create(
    request: BackupRequest,
    mount: Pick<Mount, 'seq'>,
    claim?: IdempotencyClaim,
  ): Promise<
    | { readonly outcome: 'created' }
    | { readonly outcome: 'database-busy'; readonly requestId: RequestId }
    | { readonly outcome: 'conflict' }
    | IdempotencyOutcome
  >;
  /** What an earlier `create` with the claim's key decides. Undefined when the key is new. Strongly consistent. */
  findClaimed(claim: IdempotencyClaim): Promise<IdempotencyOutcome | undefined>;
  find(requestId: RequestId): Promise<BackupRequest | undefined>;
  /** Newest first; of one database of a store when given. */
  list(filter: { readonly of?: DatabaseOfStore }, page: PageRequest): Promise<Page<BackupRequest>>;
  /** Requests that have not ended, oldest first. Eventually consistent: read each again before acting on it. */
  listRunning(page: PageRequest): Promise<Page<BackupRequest>>;
  /** The running ones of a store, oldest first, strongly consistent. */
  runningOf(storeId: StoreId): Promise<readonly BackupRequest[]>;
  /** planned, or handed over to a store that never took it → waiting, until then. */
  noteWaiting(requestId: RequestId, until: Instant): Promise<'noted' | 'refused'>;
  /**
   * A hand-over to the store: fence + 1, the token, and the command's id, while the request has not ended and its fence
   * is one less. One that uploads goes on with that.
   */
  handOver(
    requestId: RequestId,
    taskToken: string,
    command: { readonly commandId: CommandId; readonly fence: number; readonly deadline: Instant },
  ): Promise<'handed-over' | 'refused'>;
  /**
   * The store's report under this fence; a handed-over request that is not queued becomes running. A report older than the one
   * noted is `noted` and changes nothing. `refused`: not with the store, ended, or another fence.
   */
  noteReport(
    requestId: RequestId,
    fence: number,
    report: RequestReport,
    at: Instant,
  ): Promise<'noted' | 'refused'>;
  /**
   * Ends it, frees its database and drops its parent's pin in one transaction, while fence and upload are as read.
   * `conflict`: read it again.
   */
  end(
    seen: BackupRequest,
    end: {
      readonly state: RequestEndState;
      readonly at: Instant;
      readonly reason?: string;
      readonly progress?: RequestProgress;
    },
  ): Promise<'ended' | 'already-ended' | 'conflict'>;
}

/** What the agents of stores can back up: the last that each gateway said. */
export interface AgentCatalog {
  /** Puts the list in the place of the one before; an older one changes nothing. */
  note(storeId: StoreId, databases: readonly AgentDatabase[], at: Instant): Promise<void>;
  of(storeId: StoreId): Promise<readonly AgentDatabase[]>;
}
