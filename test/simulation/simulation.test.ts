import { expect, it } from 'vitest';
import { findViolations } from './find-violations.ts';
import { type Mutant, mutants } from './mutants.ts';
import { runSeed } from './run-seed.ts';

// Lives of the service under seeded schedules; `npm run simulate -- --seeds 10000` lives through many more, and
// `--seed 7` shows one of them step by step.

// As many as it takes until every mutant of mutants.ts is noticed in lives this short (the last one in the 71st).
const seedsATest = 40;

it.each([1, 41])(
  `keeps every promise in ${seedsATest} lives with crashes, duplicates, delays and wrong clocks, from seed %i on`,
  async (first) => expect(await findViolations(first, seedsATest)).toEqual([]),
);

it('lives through a seed in the same way each time', async () => {
  const [first, second] = [
    await runSeed(3, { isTraced: true, isShort: true }),
    await runSeed(3, { isTraced: true, isShort: true }),
  ];

  expect(first.trace.length).toBeGreaterThan(100);
  expect(second.trace).toEqual(first.trace);
});

it.each<readonly [string, Mutant]>([
  ['no-pin', mutants['no-pin']],
  ['locks-are-forgotten', mutants['locks-are-forgotten']],
  ['needs-are-forgotten', mutants['needs-are-forgotten']],
  ['mounts-change-hands', mutants['mounts-change-hands']],
  ['plans-are-not-stored', mutants['plans-are-not-stored']],
])('notices %s', async (_, mutant) => {
  let violation: string | undefined;
  for (let seed = 1; seed <= 25 && violation === undefined; seed++) {
    ({ violation } = await runSeed(seed, { mutant }));
  }

  expect(violation).toMatch(mutant.found);
});
