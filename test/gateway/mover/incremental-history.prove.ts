import { describe, expect, it } from 'vitest';
import { liveThrough } from './random-history.ts';

const seeds = Array.from({ length: Number(process.env.HISTORIES ?? 200) }, (_, index) => `long ${index}`);

describe('the snapshots of a mount on which anything may happen', () => {
  it.each(seeds)('are all restored as they were (history %s)', { timeout: 120_000 }, async (seed) => {
    const { line, points } = await liveThrough(seed, 12);

    for (const point of points) await line.expectRestorable(point);
    expect(points).toHaveLength(12);
  });
});
