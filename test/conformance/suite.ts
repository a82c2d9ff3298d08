import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as z from 'zod';
import { compare, readDifferences, refresh, type TestResult, writeDifferences } from './differences.ts';
import type { PartContext, PartOutcome } from './part.ts';
import { runProgram } from './programs.ts';
import { root } from './tools.ts';

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

const firstLine = (text = ''): string => text.split('\n')[0]?.slice(0, 200) ?? '';

/** Runs test files with an environment that points them to another server. */
export async function runSuite(
  files: readonly string[],
  env: Readonly<Record<string, string>>,
  { folder, signal }: PartContext,
): Promise<TestResult[]> {
  const outputFile = join(folder, 'report.json');
  const logFile = join(folder, 'vitest.log');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const options = ['--maxWorkers=1', '--reporter=json', `--outputFile=${outputFile}`];
  const command = [process.execPath, vitest, 'run', ...options, ...files] as const;
  await runProgram(command, { signal, cwd: root, env, logFile });
  if (!existsSync(outputFile)) throw new Error(`vitest wrote no report:\n${readFileSync(logFile, 'utf8')}`);
  const { testResults } = report.parse(JSON.parse(readFileSync(outputFile, 'utf8')));
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(root, name);
    // A file that does not load has no tests, and that must not look like success.
    if (assertionResults.length === 0)
      return [{ name: `${file}: loads`, isPassed: false, failure: firstLine(message) }];
    return assertionResults.map(({ fullName, status, failureMessages }) => ({
      name: `${file}: ${fullName}`,
      isPassed: status === 'passed',
      failure: firstLine(failureMessages?.[0]) || status,
    }));
  });
}

/** What a suite found, held against the list of explained differences beside this file. */
export function judge(
  listName: string,
  results: readonly TestResult[],
  against: string,
  context: PartContext,
): PartOutcome {
  const file = join(import.meta.dirname, listName);
  if (context.refresh) writeDifferences(file, refresh(results, readDifferences(file)));
  return { against, checked: `${results.length} tests`, ...compare(results, readDifferences(file)) };
}
