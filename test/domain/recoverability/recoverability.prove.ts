import { expect, it } from 'vitest';
import { checkHistory, checkNeeds, checkRemovals, newTally } from './toy-oracle/check.ts';

const histories = 100_000;

it(`keeps every promise in ${histories} histories of a model database`, async () => {
  const tally = newTally();
  for (let seed = 1; seed <= histories; seed++) {
    await checkHistory(seed, tally);
    if (seed % 5_000 === 0) {
      const { yes, no, unknown, timesTried, conservative } = tally;
      process.stdout.write(
        `${seed} histories: ${yes} yes, ${no} no (${conservative} too strict), ${unknown} unknown; ${timesTried} restores\n`,
      );
    }
  }

  expect(tally.tidyUnknown / tally.tidy).toBeLessThan(0.05);
  expect(tally.conservative / tally.no).toBeLessThan(0.01);
}, 7_200_000);

it('promises nothing that a removed file was needed for', async () => {
  let removed = 0;
  for (let seed = 1; seed <= 500; seed++) removed += await checkRemovals(seed);
  process.stdout.write(`${removed} files removed\n`);

  expect(removed).toBeGreaterThan(5_000);
}, 7_200_000);

it('names what a point needs of earlier ones, so that keeping these is enough', async () => {
  let tried = 0;
  for (let seed = 1; seed <= 20_000; seed++) tried += await checkNeeds(seed);
  process.stdout.write(`${tried} restores with files of earlier points\n`);

  expect(tried).toBeGreaterThan(100_000);
}, 7_200_000);
