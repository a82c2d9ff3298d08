import type { RestoreThaw } from '../../domain/archive/thaw.ts';
import type { MountId, RestoreId, StoreId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type {
  Restore,
  RestoreDamage,
  RestoreProgress,
  restoreEndStates,
  StoreCommand,
} from '../../domain/restore.ts';
import type { IdempotencyClaim, IdempotencyOutcome, Page, PageRequest } from './page.ts';
import type { Lease, StagedFilesCatalog } from './staged-files.ts';

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
   * while the restore has not ended and its fence is `command.fence - 1`, as it was when the caller read it.
   */
  handOver(restore: Restore, taskToken: string, command: StoreCommand): Promise<'handed-over' | 'refused'>;
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
  /** It waits for its packs, under this fence: the state becomes `thawing`, until the next hand-over. `refused`: ended, or another fence. */
  noteThaw(restoreId: RestoreId, fence: number, thaw: RestoreThaw): Promise<'noted' | 'refused'>;
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
