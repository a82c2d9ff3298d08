import { expect, it } from 'vitest';
import { liveThrough } from './random-line.ts';

it('the rule of neighbours keeps and deletes what a full mark and sweep would, on any history', async () => {
  for (let seed = 1; seed <= 60; seed++) expect(await liveThrough(seed)).toBeUndefined();
});
