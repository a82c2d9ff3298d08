import type { Caller } from '../../domain/access.ts';
import type { ScheduleId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import { nextTimes } from '../../domain/schedule/times.ts';
import { wallTime } from '../../domain/schedule/wall-time.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { findSchedule } from './find-schedule.ts';

/** The next times of a schedule, with what clocks in its zone show then. Throws SCHEDULE_NOT_FOUND. */
export async function listScheduleTimes(
  { catalog, clock }: { readonly catalog: Pick<Catalog, 'schedules'>; readonly clock: Clock },
  caller: Caller,
  { scheduleId, count, after }: { scheduleId: ScheduleId; count: number; after?: Instant | undefined },
): Promise<{ items: { at: Instant; wallTime: string }[] }> {
  const schedule = await findSchedule(catalog, caller, scheduleId);
  const { timeZone } = schedule;
  const items = nextTimes(schedule, after ?? clock.now(), count).map((at) => {
    const { date, time } = wallTime(timeZone, at);
    return { at, wallTime: `${date} ${time} ${timeZone}` };
  });
  return { items };
}
