import type { MountId, StoreId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { JournalEntry } from '../../domain/journal.ts';
import type { Mount, SnapshotOrder, StoreReport } from '../../domain/mount.ts';
import type { Clearance } from '../../domain/retention/clearance.ts';
import type { IdempotencyClaim, IdempotencyOutcome, Page, PageRequest } from './page.ts';

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
      | 'strategies'
      | 'deletion'
      | 'reconciliation'
      | 'retirement'
      | 'dataKeys'
      | 'coldThrough'
      | 'orphans'
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
