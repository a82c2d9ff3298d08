import type { ScheduleId, StoreId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { JournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import type { IdempotencyClaim, IdempotencyOutcome, Page, PageRequest } from './page.ts';

/** The mount as it was read, and what its journal is to say. */
export interface ScheduleEntry {
  readonly mount: Pick<Mount, 'mountId' | 'journal'>;
  readonly entry: JournalEntry;
}

/** When databases are backed up by themselves. What people decide goes into the journal of the mount with it; what the service notes does not. */
export interface ScheduleCatalog {
  /** Puts it with its name, which is its own within its database. `conflict`: the journal went on. */
  create(
    schedule: Schedule,
    entry: ScheduleEntry,
    claim?: IdempotencyClaim,
  ): Promise<
    | { readonly outcome: 'created' }
    | { readonly outcome: 'name-taken' }
    | { readonly outcome: 'conflict' }
    | IdempotencyOutcome
  >;
  find(scheduleId: ScheduleId): Promise<Schedule | undefined>;
  /** By id. Eventually consistent. */
  list(page: PageRequest): Promise<Page<Schedule>>;
  /** All of a store, by database and name, strongly consistent. */
  ofStore(storeId: StoreId): Promise<readonly Schedule[]>;
  /** Takes `next` in the place of `seen`, version + 1, while that stands and the journal has not gone on. */
  change(seen: Schedule, next: Schedule, entry: ScheduleEntry): Promise<'changed' | 'conflict'>;
  /** What the service found out by itself, while `seen` stands: version + 1, no journal. */
  note(seen: Schedule, next: Schedule): Promise<'noted' | 'conflict'>;
  /** Its requests stay. */
  remove(seen: Schedule, entry: ScheduleEntry): Promise<'removed' | 'conflict'>;
  /** Those of a part of the index that have to be looked at by then, the longest due first. Eventually consistent. */
  listDue(shard: number, until: Instant, page: PageRequest): Promise<Page<Schedule>>;
}
