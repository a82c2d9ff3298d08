import { runSeed } from './run-seed.ts';

/** What is wrong in so many short lives, from this seed on. */
export async function findViolations(first: number, count: number): Promise<string[]> {
  const violations: string[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const { violation, steps } = await runSeed(seed, { isShort: true });
    if (violation !== undefined) violations.push(`seed ${seed}, step ${steps}: ${violation}`);
  }
  return violations;
}
