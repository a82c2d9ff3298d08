import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchesPattern } from '../../../local/iam/patterns.ts';

it('matches as a regular expression with the same meaning does', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.', '/'), maxLength: 8 });
  fc.assert(
    fc.property(letters, letters, (pattern, text) => {
      const source = pattern.replace(/[.*+?^$(){}|[\]\\/]/g, (char) =>
        char === '*' ? '.*' : char === '?' ? '.' : `\\${char}`,
      );
      expect(matchesPattern(pattern, text)).toBe(new RegExp(`^${source}$`, 's').test(text));
    }),
    { numRuns: 2000 },
  );
});

it('takes no time that a pattern could make explode', () => {
  const started = performance.now();

  expect(matchesPattern(`${'*a'.repeat(30)}b`, 'a'.repeat(5000))).toBe(false);

  expect(performance.now() - started).toBeLessThan(2000);
});
