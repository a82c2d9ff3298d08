import type { RequestContent } from '../backup-request.ts';
import type { MountId, RequestId, ScheduleId, StoreId } from '../ids.ts';
import type { Instant } from '../instant.ts';
import type { Blackout } from './blackout.ts';

/** What somebody decided: all of a schedule that its journal keeps. */
export interface ScheduleDefinition {
  readonly scheduleId: ScheduleId;
  /** Its own within the database. */
  readonly name: string;
  readonly storeId: StoreId;
  readonly mountId: MountId;
  /** As the store's configuration names it. */
  readonly database: string;
  readonly content: RequestContent;
  /**
   * What each backup is, as a request says it; absent: as the strategy of the database says, or full. Archived logs have none, and a named
   * parent would have a child after the first.
   */
  readonly order?: ScheduleOrder;
  /** For the recovery points, as written; the mount's default otherwise. */
  readonly expire?: string;
  readonly enabled: boolean;
  /** Five fields, as `readCron` writes them. */
  readonly cron: string;
  /** IANA's name of the zone that cron and blackouts are in. */
  readonly timeZone: string;
  /** How long after its time a backup may still begin, and how long it waits for a silent store: `#w #d #h #m`. */
  readonly window: string;
  /** What was missed is made once, up to so long after its time (`#w #d #h #m`); or it is left out. */
  readonly catchUp: string | 'skip';
  /** When no backup begins. */
  readonly blackouts: readonly Blackout[];
  readonly createdAt: Instant;
  readonly createdBy: string;
}

export type ScheduleOrder = { readonly level: number } | { readonly incremental: true };

/** When a database is backed up by itself. */
export interface Schedule extends ScheduleDefinition {
  /** Raised by every change, of the definition and of what follows. */
  readonly version: number;
  /** The first time that nothing was done about yet; absent while it is disabled or when there is none. */
  readonly nextAt?: Instant;
  /** When the service has to look at it; absent: never. */
  readonly lookAt?: Instant;
  /** The longest time between two of its backups, as far as can be seen; of datafiles. */
  readonly longestGapMillis?: number;
  /** The newest request that it made. */
  readonly run?: ScheduledRun;
  /** Why the time that is due has no request yet; `since` is the first time in a row that had none. */
  readonly waiting?: { readonly dueAt: Instant; readonly since: Instant; readonly reason: string };
  /** The newest time that was left out, until a later one is made. */
  readonly missed?: { readonly dueAt: Instant; readonly at: Instant; readonly reason: string };
}

/** `on-time` within its window; `late`: caught up. */
export interface ScheduledRun {
  readonly dueAt: Instant;
  readonly kind: 'on-time' | 'late';
  readonly requestId: RequestId;
  readonly windowEndsAt: Instant;
}

/** Without what the service notes by itself. */
export function definitionOf(schedule: Schedule): ScheduleDefinition {
  const { version: _, nextAt: _a, lookAt: _b, longestGapMillis: _c, ...rest } = schedule;
  const { run: _d, waiting: _e, missed: _f, ...definition } = rest;
  return definition;
}
