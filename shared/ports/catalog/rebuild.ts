import type { Instant } from '../../domain/instant.ts';
import type { MountHistory } from '../../domain/journal/mount-history.ts';
import type { JournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import type { Store } from '../../domain/store.ts';

/** What the journal says of a mount, its schedules armed from now on. */
export type RebuiltMount = Omit<MountHistory, 'schedules'> & { readonly schedules: readonly Schedule[] };

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
   * uploads, holds, schedules, its name, its outbox. `claimed` is the answer of `claimMount`; undefined where the catalog has no such mount.
   * `conflict`: it is not so any more, and whatever the other run has put stands. The mount itself comes last and is marked until then: a
   * run that was cut off is seen by it, and is run again. Fence and lineVersion never go down. `pending` are the last
   * entries of `history`, at most 90, which are not in the vault yet.
   */
  replaceMount(
    history: RebuiltMount,
    pending: readonly JournalEntry[],
    claimed: Mount | undefined,
  ): Promise<'replaced' | 'conflict'>;
  /** Numbers of restores begin above it: they name folders on the stores' disks. Never lowers them. */
  raiseJobIds(above: number): Promise<void>;
}
