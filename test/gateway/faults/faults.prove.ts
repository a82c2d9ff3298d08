import { expect, test } from 'vitest';
import { faultsFor, seededFaults } from '../../support/fault-plan.ts';
import type { Fault, ProxiedCall } from '../../support/fault-proxy.ts';
import { FaultyDays } from './faulty-days.ts';

/** Polls and reports come again and again: so often a step is tried. */
const maxOccurrences = Number(process.env.OCCURRENCES ?? 2);
const seeds = Array.from({ length: Number(process.env.SEEDS ?? 40) }, (_, index) => `seed ${index}`);

const nameOf = ({ method, about }: ProxiedCall) => `${method} ${about}`;

/** Lives through the days; answers what went wrong with them, if anything did. */
async function live(decide: (call: ProxiedCall, occurrence: number) => Fault | undefined) {
  const days = await FaultyDays.begin();
  const counts = new Map<string, number>();
  days.proxy.decide = (call) => {
    const occurrence = (counts.get(nameOf(call)) ?? 0) + 1;
    counts.set(nameOf(call), occurrence);
    return decide(call, occurrence);
  };
  const problem = await days
    .run()
    .then(() => days.check())
    .then(
      () => undefined,
      (error: unknown) => String(error),
    );
  const { calls } = days.proxy;
  await days.end();
  return { calls, problem };
}

/** Every step of days without faults, by name and occurrence, with one of its calls. */
async function recordSteps(): Promise<{ call: ProxiedCall; occurrence: number }[]> {
  const { calls, problem } = await live(() => undefined);
  expect(problem).toBeUndefined();
  const counts = new Map<string, number>();
  return calls.flatMap((call) => {
    const occurrence = (counts.get(nameOf(call)) ?? 0) + 1;
    counts.set(nameOf(call), occurrence);
    return occurrence <= maxOccurrences ? [{ call, occurrence }] : [];
  });
}

test('days end well whichever fault comes at whichever call', async () => {
  const steps = await recordSteps();
  const failures: string[] = [];
  let lived = 0;
  for (const { call, occurrence } of steps) {
    for (const fault of faultsFor(call)) {
      const { problem } = await live((each, count) =>
        nameOf(each) === nameOf(call) && count === occurrence ? fault : undefined,
      );
      lived++;
      if (problem) failures.push(`${nameOf(call)}#${occurrence} ${JSON.stringify(fault)}: ${problem}`);
    }
  }

  console.log(`${steps.length} steps, ${lived} faults, ${failures.length} failures`);
  expect(failures).toEqual([]);
});

test.each(seeds)('days end well though every third call goes wrong (%s)', async (seed) => {
  const { problem } = await live(seededFaults(seed, 3));

  expect(problem).toBeUndefined();
});
