import { Cron as CronTimes } from 'croner';
import { addMillis, type Instant, toInstant, toMillis } from '../instant.ts';
import { blackedOutUntil } from './blackout.ts';
import { readCron } from './cron.ts';
import type { ScheduleDefinition } from './schedule.ts';

/** What tells the times of a schedule. */
export type TimesOf = Pick<ScheduleDefinition, 'cron' | 'timeZone' | 'blackouts'>;

/** So many times are looked through for one outside of the weekly blackouts: two weeks of the shortest schedules. */
const mostTries = 1500;
/** How many times are looked at for the longest gap between two: weeks of a daily schedule, years of a monthly one. */
const gapSample = 35;

/**
 * The times of a schedule after a moment, in order, without those in a blackout. A time of day that a change of the clock leaves out
 * is the first moment after it, one that comes twice is the first of the two; an interval goes on through both.
 */
export function* timesAfter({ cron, timeZone, blackouts }: TimesOf, after: Instant): Generator<Instant> {
  const parts = partsOf(cron).map((part) => new CronTimes(part, { timezone: timeZone, mode: '5-part' }));
  const from = (time: Date) => parts.map((part) => part.nextRun(time));
  let nexts = from(new Date(after));
  for (let tries = 0; tries < mostTries; tries++) {
    const found = nexts.flatMap((next) => (next === null ? [] : [next.getTime()]));
    if (found.length === 0) return;
    const time = Math.min(...found);
    const at = toInstant(time);
    const until = blackedOutUntil(blackouts, timeZone, at);
    if (until !== undefined && until > at) {
      // What comes once may last for a year: nobody goes through its quarters of an hour.
      nexts = from(new Date(until));
      continue;
    }
    nexts = nexts.map((next, index) =>
      next?.getTime() === time ? (parts[index]?.nextRun(new Date(time)) ?? null) : next,
    );
    if (until !== undefined) continue;
    tries = 0;
    yield at;
  }
}

/**
 * Croner takes an expression with one time of day for a point in time, and one with several for an interval, of which a change of the
 * clock may leave out or repeat one. Whoever names times means each of them once a day: each gets an expression of its own.
 */
function partsOf(cron: string): string[] {
  const { text, timesOfDay } = readCron(cron);
  const days = text.split(' ').slice(2).join(' ');
  return timesOfDay?.map(({ hour, minute }) => `${minute} ${hour} ${days}`) ?? [text];
}

/** The first time after a moment; undefined when there is none. */
export const nextTime = (of: TimesOf, after: Instant): Instant | undefined =>
  timesAfter(of, after).next().value;

/** The first `count` times after a moment. */
export const nextTimes = (of: TimesOf, after: Instant, count: number): Instant[] => [
  ...timesAfter(of, after).take(count),
];

/** The last time from `from` to `to`, both counted. */
export function lastTime(of: TimesOf, from: Instant, to: Instant): Instant | undefined {
  let last: Instant | undefined;
  for (const time of timesAfter(of, addMillis(from, -1))) {
    if (time > to) break;
    last = time;
  }
  return last;
}

/** The longest time between two of the next times, or undefined when there are not two. */
export function longestGap(of: TimesOf, after: Instant): number | undefined {
  const times = nextTimes(of, after, gapSample).map(toMillis);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  return gaps.length === 0 ? undefined : Math.max(...gaps);
}
