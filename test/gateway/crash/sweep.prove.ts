import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { Day } from './day.ts';

/** The same step comes again and again, with each poll or report: so often it is tried. */
const maxOccurrences = 3;

/** Every step of a day without crashes, in order, as `name#occurrence`. */
async function recordSteps(): Promise<string[]> {
  const stepsFile = join(await makeTemporaryFolder(), 'steps');
  const day = await Day.begin({ stepsFile });
  await day.run();
  await day.check();
  const counts = new Map<string, number>();
  return (await readFile(stepsFile, 'utf8'))
    .trimEnd()
    .split('\n')
    .flatMap((name) => {
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return count <= maxOccurrences ? [`${name}#${count}`] : [];
    });
}

test('a day ends like any other wherever the gateway is killed in it', async () => {
  // All of them, or those that a pattern names: `STEPS='PUT packs' npm run prove -- crash/sweep`.
  const steps = (await recordSteps()).filter((step) => new RegExp(process.env.STEPS ?? '').test(step));
  const failures: string[] = [];
  let deaths = 0;
  for (const step of steps) {
    const day = await Day.begin({ crashes: [step] });
    await day
      .run()
      .then(
        () => day.check(),
        (error: unknown) => failures.push(`${step}: ${error}`),
      )
      .catch((error: unknown) => failures.push(`${step}: ${error}`));
    deaths += day.gateway.deaths;
    await day.end();
  }

  console.log(`${steps.length} steps, killed at ${deaths} of them, ${failures.length} failures`);
  expect(failures).toEqual([]);
  // Repeats of polls and reports vary between days; nearly all steps come in each.
  expect(deaths).toBeGreaterThan(steps.length * 0.9);
});
