import { expect, it } from 'vitest';
import { crashAndRepeat } from './crashes.ts';

it.each(['before', 'after'] as const)(
  'a run of retention ends in the same state when it dies at any call, %s it took effect',
  async (when) => {
    let crashes = 0;
    for (let at = 1; at <= 100; at++) if (await crashAndRepeat(at, when)) crashes++;
    expect(crashes).toBeGreaterThan(20);
    expect(crashes).toBeLessThan(100);
  },
);
