import { DateTime } from 'luxon';
import type { Instant } from '../instant.ts';
import type { CalendarPeriod } from './policy.ts';

/** Names of periods; an ISO week belongs to the year of its Thursday. */
const formats = {
  day: 'yyyy-MM-dd',
  week: "kkkk-'W'WW",
  month: 'yyyy-MM',
  year: 'yyyy',
} as const satisfies Record<CalendarPeriod, string>;

/** The period of a zone's calendar that an instant lies in: `2026-01-31`, `2026-W05`, `2026-01`, `2026`. */
export const periodOf = (instant: Instant, period: CalendarPeriod, timeZone: string): string =>
  DateTime.fromISO(instant, { zone: timeZone, locale: 'en-US' }).toFormat(formats[period]);
