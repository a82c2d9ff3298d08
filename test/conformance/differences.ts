import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';

/** `sometimes`: a race on the other side, which a run may win. */
const group = z.strictObject({
  reason: z.string(),
  sometimes: z.literal(true).optional(),
  tests: z.array(z.string()).min(1),
});
const groups = z.array(group);

/** Tests that fail elsewhere, and why this side is right or the other one has less. */
export type Differences = z.infer<typeof groups>;

export interface TestResult {
  readonly name: string;
  readonly isPassed: boolean;
  /** First line of the failure. */
  readonly failure: string;
}

interface Comparison {
  readonly explained: number;
  readonly problems: readonly string[];
}

export const readDifferences = (file: string): Differences =>
  existsSync(file) ? groups.parse(JSON.parse(readFileSync(file, 'utf8'))) : [];

/** A difference without a reason, one that did not happen and one whose test is gone are problems. */
export function compare(results: readonly TestResult[], listed: Differences): Comparison {
  const reasons = new Map(
    listed.flatMap(({ reason, tests }) => tests.map((name) => [name, reason] as const)),
  );
  const failed = results.filter(({ isPassed }) => !isPassed);
  const byName = new Map(results.map((result) => [result.name, result]));
  const unexplained = failed
    .filter(({ name }) => !reasons.get(name))
    .map(({ name, failure }) => `differs: ${name}\n      ${failure}`);
  const outdated = listed.flatMap(({ tests, sometimes }) =>
    tests.flatMap((name) => {
      const result = byName.get(name);
      if (result === undefined) return [`listed, but there is no such test: ${name}`];
      return result.isPassed && !sometimes ? [`listed, but it does not differ: ${name}`] : [];
    }),
  );
  return { explained: failed.length - unexplained.length, problems: [...unexplained, ...outdated] };
}

/** The list as it is now: known reasons stay, what is new gets an empty one for somebody to write. */
export function refresh(results: readonly TestResult[], listed: Differences): Differences {
  const failed = new Set(results.filter(({ isPassed }) => !isPassed).map(({ name }) => name));
  const all = new Set(results.map(({ name }) => name));
  const kept = listed
    .map((entry) => {
      const isKept = (name: string) => (entry.sometimes ? all : failed).has(name);
      return { ...entry, tests: entry.tests.filter(isKept).sort() };
    })
    .filter(({ tests }) => tests.length > 0);
  const known = new Set(kept.flatMap(({ tests }) => tests));
  const added = [...failed].filter((name) => !known.has(name)).sort();
  return added.length === 0 ? kept : [...kept, { reason: '', tests: added }];
}

export const writeDifferences = (file: string, list: Differences): void =>
  writeFileSync(file, `${JSON.stringify(list, null, 2)}\n`);
