import { describe, expect, it } from 'vitest';
import { type Instant, toInstant } from '../../shared/domain/instant.ts';
import type { RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { countFailures, countRestoreFailures, describeRestores } from '../../shared/domain/report/jobs.ts';
import { figuresOf, sumFigures } from '../../shared/domain/report/mount-figures.ts';

const day = 86_400_000;
const at = (days: number): Instant => toInstant(days * day);

/** A point of a day that brought so many bytes; a tombstone says what went with it. */
const point = (days: number, own: number, gone?: number) =>
  ({
    state: gone === undefined ? 'available' : 'tombstone',
    committedAt: at(days),
    totals: { bytes: 5000 + days, ownStoredBytes: own },
    ...(gone !== undefined && { deletion: { reclaim: { bytes: gone } } }),
  }) as unknown as RecoveryPoint;

describe('the figures of a mount', () => {
  it.each([
    ['of no point', [], { logicalBytes: 0, storedBytes: 0, changeBytesPerDay: 'unknown' }],
    [
      'of one point',
      [point(1, 1000)],
      { logicalBytes: 5001, storedBytes: 1000, changeBytesPerDay: 'unknown' },
    ],
    ['of a week', [point(1, 1000), point(4, 60), point(8, 80)], { storedBytes: 1140, changeBytesPerDay: 20 }],
    ['of hours', [point(1, 1000), point(1.9, 60)], { storedBytes: 1060, changeBytesPerDay: 'unknown' }],
    ['what a deleted point left to others', [point(1, 1000, 300), point(2, 60)], { storedBytes: 760 }],
    ['never less than what is live', [point(1, 10, 900), point(2, 60)], { storedBytes: 60 }],
    ['of the last 30 days alone', [point(1, 9e9), point(100, 9e6), point(110, 50)], { changeBytesPerDay: 5 }],
  ])('%s', (_title, line, expected) => {
    expect(figuresOf(line, true)).toMatchObject(expected);
  });

  it('says that what is stored is unknown where the beginning of the line was not read', () => {
    const cut = figuresOf([point(1, 1000), point(3, 60)], false);

    expect(sumFigures([cut, figuresOf([point(1, 5)], true)])).toMatchObject({
      ...{ storedBytes: 'unknown', costUsdPerMonth: 'unknown', logicalBytes: 10_004 },
    });
  });

  it('prices what is stored by the table that plans use', () => {
    const line = [point(1, 100 * 2 ** 30)];

    expect(sumFigures([figuresOf(line, true)]).costUsdPerMonth).toBe(2.3);
    // Some of it lies in an archive class: nobody has counted how much.
    expect(sumFigures([figuresOf(line, true, { coldThrough: 1 })])).toMatchObject({
      ...{ costUsdPerMonth: 'unknown', storedBytes: 100 * 2 ** 30 },
    });
  });
});

describe('failures and restores', () => {
  const request = (days: number, state: string) =>
    ({ state, requestedAt: at(days), endedAt: at(days) }) as never;
  const restore = (days: number, state: string, damage?: object) =>
    ({ state, requestedAt: at(days), endedAt: toInstant(days * day + 600_000), damage }) as never;

  it.each([
    ['none requested', [], true, 'unknown'],
    ['all read', [request(9, 'failed'), request(8, 'completed'), request(2, 'failed')], true, 1],
    ['read far enough', [request(9, 'failed'), request(2, 'completed')], false, 1],
    ['not read far enough', [request(9, 'failed')], false, 'unknown'],
  ])('failed backups since day 5: %s', (_title, items, isWhole, expected) => {
    expect(countFailures({ items, isWhole }, at(5))).toBe(expected);
  });

  it('a restore that lacks files is a failure, a cancelled one is not', () => {
    const items = [
      restore(9, 'cancelled'),
      restore(8, 'completed-with-damage', { filesDamaged: 3 }),
      restore(7, 'completed'),
    ];
    const history = { items, isWhole: true };

    expect(describeRestores(history)).toMatchObject({
      lastSuccessAt: toInstant(7 * day + 600_000),
      lastFailure: { at: toInstant(8 * day + 600_000), reason: '3 files are missing' },
      averageMinutes: 10,
      lastValidationAt: 'unknown',
    });
    expect(countRestoreFailures(history, at(5))).toBe(1);
    expect(countRestoreFailures({ items, isWhole: false }, at(5))).toBe('unknown');
    expect(describeRestores({ items: [], isWhole: false }).lastFailure).toBe('unknown');
  });
});
