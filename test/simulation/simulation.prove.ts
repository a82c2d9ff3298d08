import { expect, it } from 'vitest';
import { findViolations } from './find-violations.ts';
import { type Mutant, mutants } from './mutants.ts';
import { runSeed } from './run-seed.ts';

/** Some need a rare meeting of events. */
const mostSeeds = 300;

it.each([1, 251, 501, 751])('keeps every promise in 250 short lives, from seed %i on', async (first) =>
  expect(await findViolations(first, 250)).toEqual([]),
);

it.each(Object.entries<Mutant>(mutants))('notices %s', async (_, mutant) => {
  let violation: string | undefined;
  for (let seed = 1; seed <= mostSeeds && violation === undefined; seed++) {
    ({ violation } = await runSeed(seed, { mutant }));
  }

  expect(violation).toMatch(mutant.found);
});
