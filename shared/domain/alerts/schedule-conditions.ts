import { parseExpire } from '../expire.ts';
import type { MountId } from '../ids.ts';
import { addMillis, type Instant } from '../instant.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { Condition } from './alert.ts';

/** Times of schedules for which there was no request; what became of a request is told of by itself. */
export function conditionsOfSchedules(schedules: readonly Schedule[], now: Instant): Condition[] {
  return schedules
    .filter(({ enabled }) => enabled)
    .flatMap((schedule) => {
      const { storeId, mountId, database, name, missed } = schedule;
      const left = missed ?? overdue(schedule, now);
      if (left === undefined) return [];
      return [
        {
          ...{ kind: 'schedule-missed', severity: 'critical', storeId, mountId, database },
          text: `the backup of ${database} that schedule ${name} had at ${left.dueAt} was not requested: ${left.reason}`,
          hint: 'mend what the reason names, and request the backup with `holdfast request start` if it cannot wait for its next time',
        },
      ];
    });
}

/** Times that come often take each other's place: that they all wait shows in how long it has been so. */
function overdue({ waiting, window }: Schedule, now: Instant): Schedule['waiting'] {
  const length = parseExpire(window);
  if (waiting === undefined || length === 'never') return undefined;
  return addMillis(waiting.since, length) <= now ? waiting : undefined;
}

/** How often a mount is backed up by its schedules, in milliseconds; undefined where it has none of datafiles. */
export function scheduledEvery(schedules: readonly Schedule[], of: MountId): number | undefined {
  const gaps = schedules.flatMap(({ mountId, enabled, content, longestGapMillis, window }) => {
    const isMeant = mountId === of && enabled && content === 'database';
    const length = parseExpire(window);
    return isMeant && longestGapMillis !== undefined && length !== 'never' ? [longestGapMillis + length] : [];
  });
  return gaps.length === 0 ? undefined : Math.min(...gaps);
}
