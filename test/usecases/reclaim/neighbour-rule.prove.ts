import { expect, it } from 'vitest';
import { liveThrough } from './random-line.ts';

const histories = 100_000;
/** Many at once, for each waits for zlib's threads now and then. */
const atOnce = 50;

it(`the rule of neighbours keeps and deletes what a full mark and sweep would, on ${histories} random histories`, async () => {
  for (let first = 1; first <= histories; first += atOnce) {
    const seeds = Array.from({ length: atOnce }, (_, index) => first + index);
    const wrong = await Promise.all(seeds.map((seed) => liveThrough(seed)));
    expect(wrong.filter((found) => found !== undefined)).toEqual([]);
  }
}, 10_800_000);
