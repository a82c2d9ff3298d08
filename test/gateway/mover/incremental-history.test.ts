import { describe, expect, it } from 'vitest';
import { liveThrough } from './random-history.ts';

describe('the snapshots of a mount on which anything may happen', () => {
  it('are all restored as they were', async () => {
    const { line, points } = await liveThrough('two', 4);

    for (const point of points) await line.expectRestorable(point);
    expect(points).toHaveLength(4);
  });
});
