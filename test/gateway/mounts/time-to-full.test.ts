import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forecastTimeToFull } from '../../../gateway/mounts/time-to-full.ts';
import { toInstant } from '../../../shared/domain/instant.ts';

const day = 86_400_000;
const gibibyte = 2 ** 30;
const start = Date.parse('2026-11-01T00:00:00Z');

/** Used gibibytes by day after the start. */
const samplesOf = (points: readonly (readonly [days: number, used: number])[]) =>
  points.map(([days, used]) => ({
    measuredAt: toInstant(new Date(start + days * day)),
    usedBytes: used * gibibyte,
  }));

describe('time to full', () => {
  test.each([
    ['there are no samples', []],
    [
      'there are three',
      [
        [0, 1],
        [2, 2],
        [4, 3],
      ],
    ],
    [
      'they span less than two days',
      [
        [0, 1],
        [0.5, 2],
        [1, 3],
        [1.5, 4],
      ],
    ],
  ] as const)('is unknown when %s', (_when, points) => {
    expect(forecastTimeToFull(samplesOf(points), gibibyte)).toEqual({ kind: 'unknown' });
  });

  test.each([
    [
      'all are equal',
      [
        [0, 5],
        [1, 5],
        [2, 5],
        [3, 5],
      ],
    ],
    [
      'space was freed',
      [
        [0, 5],
        [1, 4],
        [2, 3],
        [3, 2],
      ],
    ],
  ] as const)('is never when %s', (_when, points) => {
    expect(forecastTimeToFull(samplesOf(points), gibibyte)).toEqual({ kind: 'not-growing' });
  });

  test('is the free space by the growth of a day', () => {
    const samples = samplesOf([
      [0, 10],
      [1, 12],
      [2, 14],
      [3, 16],
    ]);

    expect(forecastTimeToFull(samples, 20 * gibibyte)).toEqual({
      kind: 'growing',
      secondsToFull: 10 * 86_400,
      bytesPerDay: 2 * gibibyte,
    });
  });

  test('sees the growth behind backups that come and go every day', () => {
    const samples = samplesOf(
      Array.from({ length: 14 * 4 }, (_, index) => [index / 4, 100 + index / 4 + (index % 4) * 10] as const),
    );

    const forecast = forecastTimeToFull(samples, 100 * gibibyte);

    expect(forecast.kind === 'growing' && forecast.bytesPerDay / gibibyte).toBeCloseTo(1, 0);
  });

  test('leaves out samples from before a clock that was set back', () => {
    const samples = samplesOf([
      [0, 10],
      [1, 12],
      [0.5, 900],
      [2, 14],
      [3, 16],
    ]);

    expect(forecastTimeToFull(samples, gibibyte)).toMatchObject({ bytesPerDay: 2 * gibibyte });
  });

  test('of steady growth is exact, however much and however long', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 4, max: 200 }), (perDay, days) => {
        const samples = samplesOf(
          Array.from({ length: days }, (_, index) => [index, index * perDay] as const),
        );

        const forecast = forecastTimeToFull(samples, 7 * perDay * gibibyte);

        expect(forecast.kind === 'growing' && Math.round(forecast.secondsToFull / 60)).toBe(7 * 24 * 60);
      }),
    );
  });
});
