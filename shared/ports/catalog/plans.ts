import type { MountId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { JournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';
import type { PlanNote } from '../../domain/retention/plan-note.ts';
import type { Page, PageRequest } from './page.ts';

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
