import { type CronFields, parseCronFields } from './cron-fields.ts';
import { instantOf, requireZone, wallTimeOf } from './zoned-time.ts';

/** When a schedule fires. */
export interface ScheduleTimes {
  readonly kind: 'rate' | 'cron' | 'at';
  /** The first time after `afterMs`; undefined when there is none any more. A rate counts from `anchorMs`. */
  next(afterMs: number, anchorMs: number): number | undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Reads `rate(5 minutes)`, `cron(30 2 * * ? *)` and `at(2026-11-21T02:30:00)`; the zone applies to cron and at.
 * @throws Error that says what is wrong with the expression.
 */
export const parseSchedule = (expression: string, zone = 'UTC'): ScheduleTimes => {
  requireZone(zone);
  const [, kind, argument = ''] = /^(rate|cron|at)\((.*)\)$/.exec(expression) ?? [];
  switch (kind) {
    case 'rate':
      return parseRate(expression, argument);
    case 'cron':
      return cronTimes(parseCronFields(argument), zone);
    case 'at':
      return parseOnce(expression, argument, zone);
    default:
      throw new Error(`${expression} is not a schedule: use rate(…), cron(…) or at(…)`);
  }
};

/** Scheduler takes any unit with any number; a rule wants `rate(1 hour)` and `rate(2 hours)`. */
export const requireAgreement = (expression: string): void => {
  const [, count, plural] = /^rate\((\d+) \w+?(s?)\)$/.exec(expression) ?? [];
  if (count !== undefined && (count === '1') === (plural === 's')) throw notARate(expression);
};

const notARate = (expression: string): Error =>
  new Error(`${expression} is not a rate: write rate(1 hour) or rate(5 minutes)`);

const parseRate = (expression: string, argument: string): ScheduleTimes => {
  const [, count = '', unit = ''] = /^([1-9]\d*) (minute|hour|day)s?$/.exec(argument) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined) throw notARate(expression);
  const periodMs = Number(count) * unitMs;
  return {
    kind: 'rate',
    next: (afterMs, anchorMs) =>
      anchorMs + (Math.max(0, Math.floor((afterMs - anchorMs) / periodMs)) + 1) * periodMs,
  };
};

const parseOnce = (expression: string, argument: string, zone: string): ScheduleTimes => {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)$/.exec(argument);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (match ?? []).slice(1).map(Number);
  const time = match === null ? undefined : instantOf({ year, month, day, hour, minute, second }, zone);
  if (time === undefined) {
    throw new Error(`${expression} is no time in ${zone}: write at(2026-11-21T02:30:00), without a zone`);
  }
  return { kind: 'at', next: (afterMs) => (time > afterMs ? time : undefined) };
};

const cronTimes = (fields: CronFields, zone: string): ScheduleTimes => {
  const lastYear = Math.max(...fields.years);
  return {
    kind: 'cron',
    next: (afterMs) => {
      const from = wallTimeOf(afterMs, zone);
      for (let year = from.year; year <= lastYear; year += 1) {
        if (!fields.years.has(year)) continue;
        for (let month = year === from.year ? from.month : 1; month <= 12; month += 1) {
          if (!fields.months.has(month)) continue;
          const time = firstInMonth(fields, zone, year, month, afterMs);
          if (time !== undefined) return time;
        }
      }
      return undefined;
    },
  };
};

const firstInMonth = (
  { matchesDay, hours, minutes }: CronFields,
  zone: string,
  year: number,
  month: number,
  afterMs: number,
): number | undefined => {
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  for (let day = 1; day <= daysInMonth; day += 1) {
    const noonMs = Date.UTC(year, month - 1, day, 12);
    // No zone is more than 14 hours from UTC: days that are over everywhere need no look at the zone.
    if (noonMs + 26 * 3_600_000 < afterMs) continue;
    const weekday = new Date(noonMs).getUTCDay() + 1;
    if (!matchesDay({ day, weekday, daysInMonth })) continue;
    for (const hour of hours) {
      for (const minute of minutes) {
        const time = instantOf({ year, month, day, hour, minute }, zone);
        if (time !== undefined && time > afterMs) return time;
      }
    }
  }
  return undefined;
};
