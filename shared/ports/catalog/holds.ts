import type { HoldId, MountId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { JournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';
import type { Hold } from '../../domain/retention/hold.ts';
import type { IdempotencyClaim, IdempotencyOutcome, Page, PageRequest } from './page.ts';

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
