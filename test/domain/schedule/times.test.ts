import { describe, expect, it } from 'vitest';
import { type Instant, toInstant } from '../../../shared/domain/instant.ts';
import type { Blackout } from '../../../shared/domain/schedule/blackout.ts';
import { checkSchedule } from '../../../shared/domain/schedule/check-schedule.ts';
import { readCron } from '../../../shared/domain/schedule/cron.ts';
import { lastTime, longestGap, nextTimes } from '../../../shared/domain/schedule/times.ts';

const instant = (text: string): Instant => toInstant(new Date(text));
const short = (times: readonly Instant[]) => times.map((time) => time.slice(0, 16).replace('T', ' '));
const times = (
  cron: string,
  timeZone: string,
  after: string,
  { count = 3, blackouts = [] }: { count?: number; blackouts?: readonly Blackout[] } = {},
) => short(nextTimes({ cron, timeZone, blackouts }, instant(after), count));

describe('the times of a schedule', () => {
  it.each([
    // Berlin leaves out 02:00 to 03:00 on 2026-03-29, and has it twice on 2026-10-25.
    [
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T00:00Z',
      ['2026-03-28 01:30', '2026-03-29 01:00', '2026-03-30 00:30'],
    ],
    [
      '30 2,14 * * *',
      'Europe/Berlin',
      '2026-03-28T14:00Z',
      ['2026-03-29 01:00', '2026-03-29 12:30', '2026-03-30 00:30'],
    ],
    [
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T12:00Z',
      ['2026-10-25 00:30', '2026-10-26 01:30', '2026-10-27 01:30'],
    ],
    [
      '30 2,14 * * *',
      'Europe/Berlin',
      '2026-10-24T14:00Z',
      ['2026-10-25 00:30', '2026-10-25 13:30', '2026-10-26 01:30'],
    ],
    [
      '30 1-3 * * *',
      'Europe/Berlin',
      '2026-10-24T23:00Z',
      ['2026-10-24 23:30', '2026-10-25 00:30', '2026-10-25 02:30'],
    ],
    // An interval goes on through both.
    [
      '30 * * * *',
      'Europe/Berlin',
      '2026-03-29T00:00Z',
      ['2026-03-29 00:30', '2026-03-29 01:30', '2026-03-29 02:30'],
    ],
    [
      '30 * * * *',
      'Europe/Berlin',
      '2026-10-25T00:00Z',
      ['2026-10-25 00:30', '2026-10-25 01:30', '2026-10-25 02:30'],
    ],
    [
      '0 */6 * * *',
      'Europe/Berlin',
      '2026-03-28T22:00Z',
      ['2026-03-28 23:00', '2026-03-29 04:00', '2026-03-29 10:00'],
    ],
    // New York: 2026-03-08 and 2026-11-01, also at 02:00.
    [
      '0 2 * * *',
      'America/New_York',
      '2026-03-07T12:00Z',
      ['2026-03-08 07:00', '2026-03-09 06:00', '2026-03-10 06:00'],
    ],
    [
      '30 1 * * *',
      'America/New_York',
      '2026-10-31T12:00Z',
      ['2026-11-01 05:30', '2026-11-02 06:30', '2026-11-03 06:30'],
    ],
    // Lord Howe changes by half an hour, the Azores at midnight, Nepal not at all, and is three quarters off.
    [
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-02T20:00Z',
      ['2026-10-03 15:30', '2026-10-04 15:15', '2026-10-05 15:15'],
    ],
    [
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2026-04-03T20:00Z',
      ['2026-04-04 14:45', '2026-04-05 15:15', '2026-04-06 15:15'],
    ],
    [
      '0 0 * * *',
      'Atlantic/Azores',
      '2026-03-28T12:00Z',
      ['2026-03-29 01:00', '2026-03-30 00:00', '2026-03-31 00:00'],
    ],
    [
      '0 22 * * *',
      'Asia/Kathmandu',
      '2026-03-28T00:00Z',
      ['2026-03-28 16:15', '2026-03-29 16:15', '2026-03-30 16:15'],
    ],
    ['0 22 * * *', 'UTC', '2026-03-28T22:00Z', ['2026-03-29 22:00', '2026-03-30 22:00', '2026-03-31 22:00']],
    // Calendars.
    ['0 3 L * *', 'UTC', '2027-12-31T12:00Z', ['2028-01-31 03:00', '2028-02-29 03:00', '2028-03-31 03:00']],
    ['0 3 29 2 *', 'UTC', '2026-01-01T00:00Z', ['2028-02-29 03:00', '2032-02-29 03:00', '2036-02-29 03:00']],
    [
      '0 3 * * SUN#1',
      'UTC',
      '2026-01-01T00:00Z',
      ['2026-01-04 03:00', '2026-02-01 03:00', '2026-03-01 03:00'],
    ],
    ['0 3 * * 7', 'UTC', '2026-01-01T00:00Z', ['2026-01-04 03:00', '2026-01-11 03:00', '2026-01-18 03:00']],
    ['0 3 * * 5-7', 'UTC', '2026-01-01T00:00Z', ['2026-01-02 03:00', '2026-01-03 03:00', '2026-01-04 03:00']],
    [
      '0 3 * * Sunday,wednesday',
      'UTC',
      '2026-01-01T00:00Z',
      ['2026-01-04 03:00', '2026-01-07 03:00', '2026-01-11 03:00'],
    ],
    [
      '0 3 13 * fri',
      'UTC',
      '2026-01-01T00:00Z',
      ['2026-01-02 03:00', '2026-01-09 03:00', '2026-01-13 03:00'],
    ],
    [
      '0 3 1 january,July *',
      'UTC',
      '2026-01-02T00:00Z',
      ['2026-07-01 03:00', '2027-01-01 03:00', '2027-07-01 03:00'],
    ],
  ])('%s in %s after %s are as people there read it', (cron, zone, after, expected) => {
    expect(times(cron, zone, after)).toEqual(expected);
  });

  it.each([
    [
      'of some nights',
      { kind: 'weekly', weekdays: ['FRI', 'SAT'], from: '20:00', to: '04:00' },
      '0 3,21 * * *',
      '2026-01-09T12:00Z',
      ['2026-01-11 21:00', '2026-01-12 03:00', '2026-01-12 21:00'],
    ],
    [
      'of each working day',
      { kind: 'weekly', weekdays: ['MON', 'TUE', 'WED', 'THU', 'FRI'], from: '08:00', to: '18:00' },
      '0 8,18 * * *',
      '2026-01-09T00:00Z',
      ['2026-01-09 18:00', '2026-01-10 08:00', '2026-01-10 18:00'],
    ],
    [
      'of a whole day',
      { kind: 'weekly', weekdays: ['SUN'], from: '00:00', to: '24:00' },
      '0 0 * * *',
      '2026-01-09T12:00Z',
      ['2026-01-10 00:00', '2026-01-12 00:00', '2026-01-13 00:00'],
    ],
    [
      'of the end of a year',
      { kind: 'once', from: '2025-12-24T18:00', to: '2026-01-02T06:00' },
      '0 6,18 * * *',
      '2025-12-24T12:00Z',
      ['2026-01-02 06:00', '2026-01-02 18:00', '2026-01-03 06:00'],
    ],
  ] as const)('leave out a blackout %s, its end not included', (_, blackout, cron, after, expected) => {
    expect(times(cron, 'UTC', after, { blackouts: [blackout] })).toEqual(expected);
  });

  it('leave out a blackout by the clock on the wall, however long the night is', () => {
    const night: Blackout = { kind: 'weekly', from: '01:00', to: '03:00' };
    const inBerlin = (after: string) =>
      times('0 * * * *', 'Europe/Berlin', after, { count: 2, blackouts: [night] });

    // 00:00 and 03:00 on the wall: an hour apart in spring, four in autumn.
    expect(inBerlin('2026-03-28T22:30Z')).toEqual(['2026-03-28 23:00', '2026-03-29 01:00']);
    expect(inBerlin('2026-10-24T21:30Z')).toEqual(['2026-10-24 22:00', '2026-10-25 02:00']);
  });

  it('go on after a blackout of months, however many of them it leaves out', () => {
    const closed: Blackout = { kind: 'once', from: '2026-06-01T00:00', to: '2027-05-01T00:00' };
    const nights: Blackout = { kind: 'weekly', from: '20:00', to: '06:00' };

    expect(
      times('*/15 * * * *', 'Pacific/Kiritimati', '2026-06-01T00:00Z', { count: 2, blackouts: [closed] }),
    ).toEqual(['2027-04-30 10:00', '2027-04-30 10:15']);
    expect(
      times('*/15 * * * *', 'Etc/GMT+12', '2026-06-02T00:00Z', { count: 1, blackouts: [nights, closed] }),
    ).toEqual(['2027-05-01 18:00']);
  });

  it('are looked back at with both ends counted, and their longest gap is known', () => {
    const of = { cron: '0 22 * * MON-FRI', timeZone: 'UTC', blackouts: [] };
    const last = (from: string, to: string) => lastTime(of, instant(from), instant(to))?.slice(0, 13);

    expect(last('2026-01-05T22:00Z', '2026-01-05T22:00Z')).toBe('2026-01-05T22');
    expect(last('2026-01-01T00:00Z', '2026-01-09T21:59Z')).toBe('2026-01-08T22');
    expect(last('2026-01-09T22:01Z', '2026-01-12T21:59Z')).toBeUndefined();
    expect(longestGap(of, instant('2026-01-05T00:00Z'))).toBe(3 * 86_400_000);
  });
});

describe('a cron expression', () => {
  it.each([
    ['', 'has 0 fields'],
    ['0 22 * *', 'has 4 fields'],
    ['0 0 22 * * *', 'has 6 fields'],
    ['@daily', 'has 1 fields'],
    ['60 * * * *', 'the minute "60": it is 0 to 59'],
    ['-1 * * * *', 'the minute ""'],
    ['0 24 * * *', 'the hour "24": it is 0 to 23'],
    ['0 0 0 * *', 'the day "0": it is 1 to 31'],
    ['0 0 32 * *', 'the day "32"'],
    ['0 0 * 13 *', 'the month "13": it is 1 to 12, or an English name'],
    ['0 0 * * 8', 'the weekday "8": it is 0 to 7, or an English name'],
    ['0 0 * * Sonntag', 'the weekday "SONNTAG"'],
    ['0 0 ? * *', 'the day "?"'],
    ['H 0 * * *', 'the minute "H"'],
    ['0 22-4 * * *', 'goes backwards: write it as two, "22-23,0-4"'],
    ['5/10 * * * *', 'write a step as */10 or 5-59/10'],
    ['*/0 * * * *', 'a step of 0 in its minute'],
    ['*/90 * * * *', 'a step of 90 in its minute'],
    ['0 1,,2 * * *', 'a hour "", which is none'],
    ['0 0 LW * *', 'the day "LW"'],
    ['0 0 * * SUN#6', 'the weekday "SUN#6"'],
    ['1e1 0 * * *', 'the minute "1E1"'],
    ['0 0 1\u0000 * *', 'the day'],
  ])('%j is refused, with what is wrong', (cron, why) => {
    expect(() => readCron(cron)).toThrow(
      expect.objectContaining({ code: 'SCHEDULE_INVALID', message: expect.stringContaining(why) }),
    );
  });

  it('is written in one way', () => {
    expect(readCron('  0   22 * jan-MAR  Monday,fri ').text).toBe('0 22 * JAN-MAR MON,FRI');
  });
});

describe('a schedule', () => {
  const now = instant('2026-01-01T00:00Z');
  const rules = {
    content: 'database',
    cron: '0 22 * * *',
    timeZone: 'Europe/Berlin',
    window: '6h',
    catchUp: '1d',
    blackouts: [],
  } as const;
  const night = { kind: 'weekly', from: '20:00', to: '06:00' } as const;

  it.each([
    [{ cron: '0 0 30 2 *' }, 'names a date that there never is'],
    [{ cron: '0 0 31 4,6,9,11 *' }, 'names a date that there never is'],
    [{ blackouts: [night] }, 'runs in its blackouts only'],
    [{ cron: '*/30 * * * *' }, 'runs every 30 minutes: a database is backed up every 60 minutes at most'],
    [{ cron: '0,59 22 * * *' }, 'runs every 59 minutes'],
    [
      { content: 'archived-logs', cron: '*/10 * * * *' },
      'archived logs are backed up every 15 minutes at most',
    ],
    [{ content: 'archived-logs', order: { level: 0 } }, 'have no level'],
    [{ timeZone: 'CEST' }, 'no time zone "CEST"'],
    [{ timeZone: '+02:00' }, 'no time zone "+02:00"'],
    [{ timeZone: 'Europe/Atlantis' }, 'no time zone "Europe/Atlantis"'],
    [{ window: 'soon' }, 'window "soon" is no length'],
    [{ window: 'never' }, 'window "never" is no length'],
    [{ window: '5m' }, 'shorter than 15 minutes'],
    [{ window: '8d' }, 'longer than seven days'],
    [{ catchUp: '2h' }, 'ends within the window'],
    [{ catchUp: 'always' }, 'catchUp "always" is no length'],
    [{ expire: '2 months' }, 'is malformed'],
    [{ blackouts: [{ kind: 'weekly', from: '08:00', to: '08:00' }] }, 'has no length'],
    [
      { blackouts: [{ kind: 'once', from: '2026-02-30T00:00', to: '2026-03-02T00:00' }] },
      'a day that there is not',
    ],
    [
      { blackouts: [{ kind: 'once', from: '2026-03-02T00:00', to: '2026-03-01T00:00' }] },
      'ends before it begins',
    ],
    [
      { blackouts: [{ kind: 'once', from: '2026-03-02T00:00', to: '2027-06-01T00:00' }] },
      'longer than a year',
    ],
  ])('with %j is refused, with what is wrong', (fields, why) => {
    expect(() => checkSchedule({ ...rules, ...fields } as never, now)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(why) }),
    );
  });

  it('is kept with its zone and cron as lists write them', () => {
    expect(
      checkSchedule({ ...rules, timeZone: 'europe/berlin', cron: '00 22 * * sunday' }, now),
    ).toMatchObject({
      timeZone: 'Europe/Berlin',
      cron: '00 22 * * SUN',
    });
  });
});
