import { expect, it } from 'vitest';
import { type Mutant, mutants } from './mutants.ts';
import { runSeed } from './run-seed.ts';

/** Some need a rare meeting of events. */
const mostSeeds = 300;

it.each(Object.entries<Mutant>(mutants))('notices %s', async (_, mutant) => {
  let violation: string | undefined;
  for (let seed = 1; seed <= mostSeeds && violation === undefined; seed++) {
    ({ violation } = await runSeed(seed, { mutant }));
  }

  expect(violation).toMatch(mutant.found);
});
