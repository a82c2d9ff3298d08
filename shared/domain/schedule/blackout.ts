import { ServiceError } from '../../errors.ts';
import { type Instant, toInstant, toMillis } from '../instant.ts';
import { wallTime } from './wall-time.ts';

export const weekdayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;
export type Weekday = (typeof weekdayNames)[number];

/**
 * A time in which no backup begins, by the clock on the wall of the schedule's zone; `to` is not part of it.
 * Each week: `from` and `to` as `22:00`; `to` not after `from` means the next day, and `24:00` the end of the day. `weekdays` are those on
 * which it begins; absent: all. Once: `from` and `to` as `2026-12-24T18:00`.
 */
export type Blackout =
  | {
      readonly kind: 'weekly';
      readonly weekdays?: readonly Weekday[];
      readonly from: string;
      readonly to: string;
    }
  | { readonly kind: 'once'; readonly from: string; readonly to: string };

const longestOnceMillis = 366 * 86_400_000;
const minuteMillis = 60_000;

/** Throws SCHEDULE_INVALID for one that has no length or no end. */
export function requireBlackout(blackout: Blackout): void {
  const { kind, from, to } = blackout;
  const refuse = (why: string): never => {
    throw new ServiceError('SCHEDULE_INVALID', `blackout from ${from} to ${to} ${why}`, {
      details: { blackout },
    });
  };
  if (kind === 'weekly') {
    if (from === to) refuse('has no length: a whole day is 00:00 to 24:00');
    if (from === '24:00') refuse('begins at 24:00: that is 00:00 of the next day');
    return;
  }
  for (const text of [from, to]) {
    const time = Date.parse(`${text}:00.000Z`);
    // Date.parse takes the 31st of a short month for the 1st of the next.
    if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 16) !== text)
      refuse(`names a day that there is not: ${text}`);
  }
  if (to <= from) refuse('ends before it begins');
  if (Date.parse(`${to}Z`) - Date.parse(`${from}Z`) > longestOnceMillis) refuse('is longer than a year');
}

/** Whether no backup may begin at this moment. */
export const isBlackedOut = (blackouts: readonly Blackout[], timeZone: string, at: Instant): boolean =>
  blackoutsAt(blackouts, timeZone, at).length > 0;

/** Clocks on the wall are at most 14 hours ahead of UTC; a minute less, for its end may be a time of the schedule. */
const farthestAheadMillis = 14 * 3_600_000 + minuteMillis;

/** A moment up to which no backup may begin, when none may at this one: not long before the end of a blackout that comes once. */
export function blackedOutUntil(
  blackouts: readonly Blackout[],
  timeZone: string,
  at: Instant,
): Instant | undefined {
  const found = blackoutsAt(blackouts, timeZone, at);
  if (found.length === 0) return undefined;
  const ends = found.flatMap(({ kind, to }) => (kind === 'once' ? [Date.parse(`${to}:00.000Z`)] : []));
  return toInstant(Math.max(toMillis(at), ...ends.map((end) => end - farthestAheadMillis)));
}

function blackoutsAt(blackouts: readonly Blackout[], timeZone: string, at: Instant): readonly Blackout[] {
  if (blackouts.length === 0) return [];
  const { date, time, weekday } = wallTime(timeZone, at);
  return blackouts.filter((blackout) => {
    const { kind, from, to } = blackout;
    if (kind === 'once') return `${date}T${time}` >= from && `${date}T${time}` < to;
    const begins = (day: number) => {
      const name = weekdayNames[day];
      return blackout.weekdays === undefined || blackout.weekdays.some((each) => each === name);
    };
    if (from < to) return begins(weekday) && time >= from && time < to;
    return (begins(weekday) && time >= from) || (begins((weekday + 6) % 7) && time < to);
  });
}

/** `end`, or the minute in which a blackout begins before it. `from` itself is in none. */
export function endBeforeBlackout(
  { blackouts, timeZone }: { readonly blackouts: readonly Blackout[]; readonly timeZone: string },
  from: Instant,
  end: Instant,
): Instant {
  if (blackouts.length === 0) return end;
  // A window is a week at the most: ten thousand looks, where somebody has blackouts.
  const first = Math.floor(toMillis(from) / minuteMillis) * minuteMillis;
  for (let at = first + minuteMillis; at < toMillis(end); at += minuteMillis) {
    const minute = toInstant(at);
    if (isBlackedOut(blackouts, timeZone, minute)) return minute;
  }
  return end;
}
