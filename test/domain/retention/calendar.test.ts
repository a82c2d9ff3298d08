import { describe, expect, it } from 'vitest';
import { addMillis } from '../../../shared/domain/instant.ts';
import { periodOf } from '../../../shared/domain/retention/calendar.ts';
import { decideRetention } from '../../../shared/domain/retention/decide-retention.ts';
import { daily, database, days, idOf, instant, point, policy } from './points.ts';

const keptSeqs = (...[points, rules, circumstances]: Parameters<typeof decideRetention>) => {
  const decisions = decideRetention(points, rules, circumstances);
  return points.filter(({ recoveryPointId }) => decisions.get(recoveryPointId)?.keep).map(({ seq }) => seq);
};
const isKept = (...[points, rules, circumstances]: Parameters<typeof decideRetention>) => {
  const kept = new Set(keptSeqs(points, rules, circumstances));
  return points.map(({ seq }) => kept.has(seq));
};

describe('periodOf', () => {
  it.each([
    ['2026-01-31T23:30:00Z', 'day', 'UTC', '2026-01-31'],
    ['2026-01-31T23:30:00Z', 'day', 'Europe/Berlin', '2026-02-01'],
    ['2026-01-31T23:30:00Z', 'month', 'Europe/Berlin', '2026-02'],
    ['2026-01-31T23:30:00Z', 'month', 'America/New_York', '2026-01'],
    ['2027-01-01T12:00:00Z', 'week', 'UTC', '2026-W53'],
    ['2024-12-31T12:00:00Z', 'week', 'UTC', '2025-W01'],
    ['2026-12-31T23:59:59Z', 'year', 'Asia/Tokyo', '2027'],
    // The clock goes back in Berlin: both half past two lie on the same day.
    ['2026-10-25T00:30:00Z', 'day', 'Europe/Berlin', '2026-10-25'],
    ['2026-10-25T01:30:00Z', 'day', 'Europe/Berlin', '2026-10-25'],
  ] as const)('%s is in %s of %s: %s', (at, period, zone, expected) => {
    expect(periodOf(instant(at), period, zone)).toBe(expected);
  });
});

describe('31 days, then the last point of each month for six times 31 days', () => {
  const rules = policy({ expire: '31d', keep: { month: '186d' } });

  // A point each noon from 1 January 2027 to 20 March 2028, looked at on that evening.
  const points = daily(instant('2027-01-01T12:00:00Z'), 445);
  const dateOf = (seq: number) => points[seq - 1]?.takenAt.slice(0, 10);

  it.each([
    // Day looked at, oldest of the daily points, month ends kept before them.
    ['2027-01-31', '2027-01-01', []],
    ['2027-02-01', '2027-01-01', []],
    ['2027-03-03', '2027-01-31', []],
    ['2027-03-31', '2027-02-28', ['2027-01-31']],
    ['2027-04-01', '2027-03-01', ['2027-01-31', '2027-02-28']],
    [
      '2027-08-04',
      '2027-07-04',
      ['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31', '2027-06-30'],
    ],
    [
      '2027-08-05',
      '2027-07-05',
      ['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31', '2027-06-30'],
    ],
    ['2027-08-06', '2027-07-06', ['2027-02-28', '2027-03-31', '2027-04-30', '2027-05-31', '2027-06-30']],
    ['2028-03-20', '2028-02-18', ['2027-09-30', '2027-10-31', '2027-11-30', '2027-12-31', '2028-01-31']],
  ])('on the morning of %s', (today, oldestDaily, monthEnds) => {
    const now = instant(`${today}T11:00:00Z`);
    const sofar = points.filter(({ takenAt }) => takenAt < now);

    const kept = keptSeqs(sofar, rules, { now, hadLogs: false }).map(dateOf);

    const all = sofar.map(({ takenAt }) => takenAt.slice(0, 10));
    expect(kept).toEqual([...monthEnds, ...all.filter((date) => date >= oldestDaily)]);
  });

  it('keeps 29 February of a leap year', () => {
    const now = instant('2028-04-10T12:00:00Z');
    const leap = daily(instant('2028-02-20T12:00:00Z'), 50);

    const kept = keptSeqs(leap, rules, { now, hadLogs: false }).map((seq) =>
      leap[seq - 1]?.takenAt.slice(0, 10),
    );

    expect(kept.filter((date) => date && date < '2028-03-01')).toEqual(['2028-02-29']);
  });

  it('has its month end by the calendar of the named zone', () => {
    const points = [point(1, instant('2027-01-31T22:00:00Z')), point(2, instant('2027-01-31T23:30:00Z'))];
    const now = instant('2027-03-15T00:00:00Z');
    const more = [...points, point(3, instant('2027-02-27T12:00:00Z'))];

    expect(keptSeqs(more, policy({ keep: { month: '186d' } }), { now, hadLogs: false })).toEqual([2, 3]);
    expect(
      keptSeqs(more, policy({ keep: { month: '186d' }, timeZone: 'Europe/Berlin' }), { now, hadLogs: false }),
    ).toEqual([1, 3]);
  });
});

describe('the last point of a period', () => {
  const rules = policy({ expire: '1d', keep: { month: '1000d' } });
  const now = instant('2027-06-15T12:00:00Z');
  const january = instant('2027-01-29T12:00:00Z');
  const recent = point(9, instant('2027-06-15T11:00:00Z'));

  it('is a damaged one only where there is no other', () => {
    const points = [...daily(january, 3, (seq) => ({ isDamaged: seq === 3 })), recent];
    const allDamaged = [...daily(january, 3, () => ({ isDamaged: true })), recent];

    expect(isKept(points, rules, { now, hadLogs: false })).toEqual([false, true, false, true]);
    expect(isKept(allDamaged, rules, { now, hadLogs: false })).toEqual([false, false, true, true]);
  });

  it('is joined by the last that a database can be restored from', () => {
    const points = [
      ...daily(january, 3, (seq) => ({
        log: 'read',
        databases: [database('11', seq === 3 ? 'no' : 'yes'), database('22', seq === 1 ? 'yes' : 'unknown')],
      })),
      { ...recent, log: 'read', databases: [database('11'), database('22')] } as const,
    ];

    const decisions = decideRetention(points, rules, { now, hadLogs: true });

    expect([1, 2, 3].map((seq) => decisions.get(idOf(seq)))).toEqual([
      {
        keep: true,
        because: [expect.objectContaining({ code: 'LAST_OF_PERIOD', period: '2027-01', dbid: '22' })],
      },
      {
        keep: true,
        because: [expect.objectContaining({ code: 'LAST_OF_PERIOD', period: '2027-01', dbid: '11' })],
      },
      { keep: true, because: [expect.not.objectContaining({ dbid: expect.anything() })] },
    ]);
  });

  it('is never one whose own expire was given, nor one that somebody deletes', () => {
    const own = [...daily(january, 3, (seq) => (seq === 3 ? { expire: 2 * days } : {})), recent];
    const deleted = [
      ...daily(january, 3, (seq) => (seq === 3 ? { deletionRequested: { by: 'ann', at: now } } : {})),
      recent,
    ];

    expect(isKept(own, rules, { now, hadLogs: false })).toEqual([false, true, false, true]);
    expect(isKept(deleted, rules, { now, hadLogs: false })).toEqual([false, true, false, true]);
  });

  it('is found by either clock, for that of the store may be off by years', () => {
    const points = [
      point(1, january),
      // Committed later in January by the service's clock; by its own it is of the year 2040.
      point(2, addMillis(january, days), { takenAt: instant('2040-05-05T00:00:00Z') }),
      recent,
    ];

    const decisions = decideRetention(points, rules, { now, hadLogs: false });

    expect(decisions.get(idOf(1))).toMatchObject({ keep: true, because: [{ period: '2027-01' }] });
    expect(decisions.get(idOf(2))).toMatchObject({ keep: true });
  });
});
