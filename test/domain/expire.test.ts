import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expiresAt, parseExpire } from '../../shared/domain/expire.ts';
import { toInstant, toMillis } from '../../shared/domain/instant.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe('parseExpire', () => {
  it.each([
    ['1w', 7 * day],
    ['1w 3d', 10 * day],
    ['1w3d', 10 * day],
    ['2w 3d 4h 5m', 17 * day + 4 * hour + 5 * minute],
    ['90m', 90 * minute],
    ['0w 1d', day],
    ['36500d', 36_500 * day],
    ['never', 'never'],
  ])('reads %j', (text, expected) => {
    expect(parseExpire(text)).toBe(expected);
  });

  it('reads m as minutes, never as months', () => {
    expect(parseExpire('1m')).toBe(minute);
  });

  it.each([
    ['', 'malformed'],
    [' 1d', 'malformed'],
    ['1', 'malformed'],
    ['d', 'malformed'],
    ['1y', 'malformed'],
    ['-1d', 'malformed'],
    ['1.5d', 'malformed'],
    ['1d,2h', 'malformed'],
    ['NEVER', 'malformed'],
    ['1D', 'malformed'],
    ['1d never', 'malformed'],
    ['١d', 'malformed'],
    ['3d 1w', 'out of the order'],
    ['1d 2d', 'twice'],
    ['0d', 'zero'],
    ['0w 0d 0h 0m', 'zero'],
    ['999999999w', 'longer than'],
    ['9999999999d', 'malformed'],
  ])('refuses %j because it is %s', (text, why) => {
    expect(() => parseExpire(text)).toThrow(expect.objectContaining({ code: 'EXPIRE_INVALID' }));
    expect(() => parseExpire(text)).toThrow(why);
  });

  it('adds up every well-formed text', () => {
    const amount = fc.nat({ max: 500 });
    fc.assert(
      fc.property(
        fc.tuple(amount, amount, amount, amount),
        fc.constantFrom('', ' '),
        ([w, d, h, m], blank) => {
          fc.pre(w + d + h + m > 0);
          const text = [`${w}w`, `${d}d`, `${h}h`, `${m}m`].join(blank);
          expect(parseExpire(text)).toBe(w * 7 * day + d * day + h * hour + m * minute);
        },
      ),
    );
  });

  it('answers hostile text at once', () => {
    expect(() => parseExpire(`${'1d '.repeat(20_000)}x`)).toThrow('malformed');
  });
});

describe('expiresAt', () => {
  const from = toInstant(Date.UTC(2026, 0, 31, 12));

  it('counts from the given moment', () => {
    expect(expiresAt(from, parseExpire('1d'))).toBe('2026-02-01T12:00:00.000Z');
  });

  it('says never for ever', () => {
    expect(expiresAt(from, 'never')).toBe('never');
  });

  it('stays a moment of four-digit years for the longest expire', () => {
    expect(toMillis(expiresAt(from, parseExpire('52142w')) as typeof from)).toBeGreaterThan(toMillis(from));
  });
});
