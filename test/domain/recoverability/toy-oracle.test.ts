import { expect, it } from 'vitest';
import { checkHistory, checkNeeds, checkRemovals, newTally } from './toy-oracle/check.ts';

// 100,000 of these are in recoverability.prove.ts.
it('what is promised of a model database can really be restored, block for block, at both ends and in between; what is denied cannot', async () => {
  const tally = newTally();

  for (let seed = 1; seed <= 150; seed++) await checkHistory(seed, tally);

  expect(tally.yes).toBeGreaterThan(200);
  expect(tally.no).toBeGreaterThan(20);
  expect(tally.timesTried).toBeGreaterThan(1_000);
}, 60_000);

it('decides at least 95 of 100 points of databases whose logs are complete', async () => {
  const tally = newTally();

  for (let seed = 30_000; seed < 30_120; seed++) await checkHistory(seed, tally);

  expect(tally.tidy).toBeGreaterThan(100);
  expect(tally.tidyUnknown / tally.tidy).toBeLessThan(0.05);
}, 60_000);

it('promises nothing any longer that needs a file which is gone', async () => {
  let removed = 0;

  for (let seed = 1; seed <= 15; seed++) removed += await checkRemovals(seed);

  expect(removed).toBeGreaterThan(100);
}, 60_000);

it('names the files that a point needs of earlier ones: with these it is restored as before', async () => {
  let tried = 0;

  for (let seed = 1; seed <= 60; seed++) tried += await checkNeeds(seed);

  expect(tried).toBeGreaterThan(200);
}, 60_000);

it('promises nothing of copies that two logs rolled forward, where it is not certain which was the last', async () => {
  // Two runs merged into the same copies; their logs came with one point, the later first.
  expect(await checkNeeds(29_850)).toBeGreaterThan(0);
});
