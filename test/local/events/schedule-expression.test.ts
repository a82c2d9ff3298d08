import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../../local/events/schedule-expression.ts';

const at = (iso: string): number => Date.parse(iso);
const timesOf = (expression: string, zone: string, after: string, count: number): string[] => {
  const times = parseSchedule(expression, zone);
  const found: string[] = [];
  let last = at(after);
  while (found.length < count) {
    const next = times.next(last, at(after));
    if (next === undefined) break;
    last = next;
    found.push(new Date(next).toISOString());
  }
  return found;
};

describe('a rate', () => {
  it('counts from its anchor, whenever it is asked', () => {
    const times = parseSchedule('rate(5 minutes)');
    const anchor = at('2026-11-21T10:01:00Z');

    expect(times.next(anchor, anchor)).toBe(at('2026-11-21T10:06:00Z'));
    expect(times.next(at('2026-11-21T10:06:00Z'), anchor)).toBe(at('2026-11-21T10:11:00Z'));
    expect(times.next(at('2026-11-21T12:03:59Z'), anchor)).toBe(at('2026-11-21T12:06:00Z'));
  });
});

describe('a one-off time', () => {
  it('is read in its zone and comes once', () => {
    expect(timesOf('at(2026-11-21T10:00:00)', 'Europe/Berlin', '2026-11-21T00:00:00Z', 5)).toEqual([
      '2026-11-21T09:00:00.000Z',
    ]);
  });
});

describe('a cron expression', () => {
  const cases: [string, string, string, string[]][] = [
    [
      'every quarter of an hour',
      'cron(0/15 * * * ? *)',
      '2026-11-21T10:05:00Z',
      ['2026-11-21T10:15', '2026-11-21T10:30'],
    ],
    ['once a day', 'cron(30 2 * * ? *)', '2026-11-21T02:30:00Z', ['2026-11-22T02:30', '2026-11-23T02:30']],
    [
      'on weekdays',
      'cron(0 8 ? * MON-FRI *)',
      '2026-11-20T08:00:00Z',
      ['2026-11-23T08:00', '2026-11-24T08:00'],
    ],
    [
      'at listed hours',
      'cron(0 6,18 * * ? *)',
      '2026-11-21T07:00:00Z',
      ['2026-11-21T18:00', '2026-11-22T06:00'],
    ],
    [
      'on the last day of a month',
      'cron(0 0 L * ? *)',
      '2027-01-31T00:00:00Z',
      ['2027-02-28T00:00', '2027-03-31T00:00'],
    ],
    [
      'on the second Sunday',
      'cron(0 0 ? * SUN#2 *)',
      '2026-11-21T00:00:00Z',
      ['2026-12-13T00:00', '2027-01-10T00:00'],
    ],
    [
      'on the last Friday',
      'cron(0 0 ? * 6L *)',
      '2026-11-21T00:00:00Z',
      ['2026-11-27T00:00', '2026-12-25T00:00'],
    ],
    [
      'on the weekday nearest to the 15th',
      'cron(0 0 15W * ? *)',
      '2026-11-01T00:00:00Z',
      ['2026-11-16T00:00', '2026-12-15T00:00'],
    ],
    [
      'on the weekday nearest to the 1st, in the same month',
      'cron(0 0 1W 5,8 ? *)',
      '2027-01-01T00:00:00Z',
      ['2027-05-03T00:00', '2027-08-02T00:00'],
    ],
    ['on leap days', 'cron(0 0 29 2 ? *)', '2026-11-21T00:00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
    [
      'in given months',
      'cron(0 0 1 JAN,JUL ? *)',
      '2026-11-21T00:00:00Z',
      ['2027-01-01T00:00', '2027-07-01T00:00'],
    ],
    ['in one year only', 'cron(0 0 1 1 ? 2028)', '2026-11-21T00:00:00Z', ['2028-01-01T00:00']],
    ['never on the 30th of February', 'cron(0 0 30 2 ? *)', '2026-11-21T00:00:00Z', []],
  ];
  it.each(cases)('fires %s', (_, expression, after, expected) => {
    expect(timesOf(expression, 'UTC', after, 2)).toEqual(expected.map((time) => `${time}:00.000Z`));
  });

  it('follows the clocks of its zone', () => {
    expect(timesOf('cron(30 3 * * ? *)', 'Europe/Berlin', '2026-10-23T12:00:00Z', 3)).toEqual([
      '2026-10-24T01:30:00.000Z',
      '2026-10-25T02:30:00.000Z',
      '2026-10-26T02:30:00.000Z',
    ]);
    expect(timesOf('cron(0 0 * * ? *)', 'Asia/Kolkata', '2026-11-21T00:00:00Z', 1)).toEqual([
      '2026-11-21T18:30:00.000Z',
    ]);
  });

  it('leaves out a time that the clocks skip and fires once at a time that they show twice', () => {
    expect(timesOf('cron(30 2 * * ? *)', 'Europe/Berlin', '2026-03-28T00:00:00Z', 2)).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
    expect(timesOf('cron(30 2 * * ? *)', 'Europe/Berlin', '2026-10-25T00:00:00Z', 2)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });
});

describe('a schedule expression', () => {
  const refused: [string, string, RegExp][] = [
    ['rate(5 weeks)', 'UTC', /is not a rate/],
    ['rate(1.5 hours)', 'UTC', /is not a rate/],
    ['rate(0 days)', 'UTC', /is not a rate/],
    ['cron(0 0 * * * *)', 'UTC', /one of day-of-month and day-of-week must be \?/],
    ['cron(0 0 ? * ? *)', 'UTC', /one of day-of-month and day-of-week must be \?/],
    ['cron(0 0 * * ?)', 'UTC', /has 5 fields instead of 6/],
    ['cron(60 0 * * ? *)', 'UTC', /"60" is not supported as minutes/],
    ['cron(0 0 32W * ? *)', 'UTC', /"32" is not supported as day-of-month/],
    ['cron(0 0 ? * FUN *)', 'UTC', /"FUN" is not supported as day-of-week/],
    ['at(2026-11-21)', 'UTC', /is no time in UTC/],
    ['at(2026-03-29T02:30:00)', 'Europe/Berlin', /is no time in Europe\/Berlin/],
    ['every day', 'UTC', /is not a schedule/],
    ['rate(1 day)', 'Mars/Olympus', /Mars\/Olympus is not a time zone/],
  ];
  it.each(refused)('%s in %s is refused', (expression, zone, message) => {
    expect(() => parseSchedule(expression, zone)).toThrow(message);
  });
});
