import { expect, it } from 'vitest';
import { checkChoices, newChoiceTally } from './check-choice.ts';

it('20,000 model databases are restored from the files that are chosen, and none of these can be left out', async () => {
  const tally = newChoiceTally();

  for (let seed = 1; seed <= 20_000; seed++) await checkChoices(seed, tally);

  console.log(JSON.stringify(tally));
  expect(tally.spare / tally.leftOut).toBeLessThan(0.01);
}, 3_600_000);
