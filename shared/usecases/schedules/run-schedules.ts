import type { ScheduleId } from '../../domain/ids.ts';
import { type Instant, toMillis } from '../../domain/instant.ts';
import { dueShards } from '../../domain/retention/next-due.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import { ServiceError } from '../../errors.ts';
import { listAll } from '../list-all.ts';
import { mapAtOnce } from '../map-at-once.ts';
import { type RunDependencies, runSchedule } from './run-schedule.ts';

/** What is due at midnight is not one after the other: each takes some ten round trips to the table. */
const atOnce = 10;

/** A tick may have waited in a queue for a while; by how much its clock is wrong is known beyond that. */
const earliestMillis = -5 * 60_000;
const latestMillis = 20 * 60_000;

export interface ScheduleTick {
  /** Requests that were made. */
  readonly requested: number;
  /** Times that were left out for good. */
  readonly missed: number;
  /** Times that are due and have no request yet. */
  readonly waiting: number;
  /** Schedules that could not be looked at. */
  readonly failed: number;
}

/**
 * Makes the requests whose time has come. Safe to run twice, at once, late, and cut off anywhere: the id of a request is that of its
 * schedule's time. `tickAt` is when the tick was sent, by the clock of who sent it: a service whose own clock says something quite
 * different does nothing, for what it notes would stand in the way of the right times. Throws CLOCK_SKEWED.
 */
export async function runSchedules(
  dependencies: RunDependencies & { readonly onError: (scheduleId: ScheduleId, error: unknown) => void },
  tickAt?: Instant,
): Promise<ScheduleTick> {
  const { catalog, clock, onError } = dependencies;
  const now = clock.now();
  if (tickAt !== undefined) requireSameTime(now, tickAt);
  const due: Schedule[] = [];
  for (let shard = 0; shard < dueShards; shard++) {
    due.push(...(await listAll((page) => catalog.schedules.listDue(shard, now, page))));
  }
  const counts = { requested: 0, missed: 0, waiting: 0, failed: 0, nothing: 0 };
  const groups = [...Map.groupBy(due, ({ storeId, database }) => `${storeId} ${database}`).values()];
  const runAll = async (group: readonly Schedule[]) => {
    for (const { scheduleId } of group.toSorted(compareImportance)) {
      try {
        counts[await runSchedule(dependencies, scheduleId)]++;
      } catch (error) {
        counts.failed++;
        onError(scheduleId, error);
      }
    }
  };
  await mapAtOnce(groups, atOnce, runAll);
  const { requested, missed, waiting, failed } = counts;
  return { requested, missed, waiting, failed };
}

/** Of one database the fuller backup comes first, archived logs last: whoever comes later waits for it. */
function compareImportance(one: Schedule, other: Schedule): number {
  const rank = ({ content, order }: Schedule) => {
    if (content === 'archived-logs') return 100;
    if (order === undefined) return 0;
    return 'level' in order ? order.level : 50;
  };
  return rank(one) - rank(other) || (one.scheduleId < other.scheduleId ? -1 : 1);
}

function requireSameTime(now: Instant, tickAt: Instant): void {
  const late = toMillis(now) - toMillis(tickAt);
  if (late >= earliestMillis && late <= latestMillis) return;
  throw new ServiceError(
    'CLOCK_SKEWED',
    `the service says ${now}, and the tick is of ${tickAt}: no schedule runs`,
  );
}
