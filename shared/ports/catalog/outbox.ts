import type { MountId } from '../../domain/ids.ts';
import type { JournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';

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
