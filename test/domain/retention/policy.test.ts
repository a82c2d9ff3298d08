import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../../../shared/domain/retention/policy.ts';

describe('a retention policy', () => {
  it('needs no more than an expire: two usable points stay, a week to undo, a quarter of a mount a day', () => {
    expect(parsePolicy({ expire: '2w 3d' })).toEqual({
      expire: 17 * 86_400_000,
      keep: [],
      timeZone: 'UTC',
      floor: 2,
      undoWindowMillis: 7 * 86_400_000,
      maxExpiredShare: 0.25,
    });
  });

  it('keeps the last points of periods for as long as each says', () => {
    const { keep } = parsePolicy({ expire: '1w', keep: { year: 'never', month: '26w', day: '2w' } });

    expect(keep).toEqual([
      { each: 'day', stays: 14 * 86_400_000 },
      { each: 'month', stays: 182 * 86_400_000 },
      { each: 'year', stays: 'never' },
    ]);
  });

  it.each([
    [{ expire: '0d' }, 'expire: expire "0d" is zero'],
    [{ expire: '' }, 'expire: expire "" is malformed'],
    [{ expire: '1d', keep: { month: '6 months' } }, 'keep.month: expire "6 months" is malformed'],
    [{ expire: '1d', timeZone: 'Berlin' }, 'timeZone: "Berlin" is no time zone: give an IANA name'],
    [{ expire: '1d', floor: 0 }, 'floor: must be a whole number from 1 to 100'],
    [{ expire: '1d', floor: 1.5 }, 'floor: must be a whole number'],
    [{ expire: '1d', undoWindow: 'never' }, 'undoWindow: must end'],
    [{ expire: '1d', maxExpiredPercentPerDay: 0 }, 'maxExpiredPercentPerDay: must be above 0'],
    [{ expire: '1d', maxExpiredPercentPerDay: Number.NaN }, 'maxExpiredPercentPerDay: must be above 0'],
  ])('refuses %j', (settings, message) => {
    expect(() => parsePolicy(settings)).toThrow(
      expect.objectContaining({ code: 'POLICY_INVALID', message: expect.stringContaining(message) }),
    );
  });
});
