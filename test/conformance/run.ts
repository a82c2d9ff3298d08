import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MissingTool, type Part, type PartOutcome } from './part.ts';

// Lambda's time zone is UTC, and the functions of the local app run in this process.
process.env.TZ = 'UTC';

/** Loaded when they run: what one part tests need not even load for another. */
const parts = {
  s3: async () => (await import('./s3.ts')).checkS3,
  dynamodb: async () => (await import('./dynamodb.ts')).checkDynamoDb,
  'cfn-lint': async () => (await import('./cfn-lint.ts')).checkTemplates,
  scripts: async () => (await import('./scripts.ts')).checkScripts,
  api: async () => (await import('./api.ts')).checkApi,
} satisfies Record<string, () => Promise<Part>>;
type PartName = keyof typeof parts;
const partNames = Object.keys(parts) as PartName[];

const usage = `npm run conformance [-- OPTIONS] [PART ...]
  PART         ${partNames.join(', ')}; all without any
  --refresh    write the lists of test differences anew; reasons are kept, new differences wait for theirs
  --keep       keep the temporary folder with the logs
Exit code: 0 all as expected, 1 an unexpected difference or a failure, 2 a wrong command line, 3 nothing unexpected, but
a part was skipped because a program it needs is missing.`;

type Result =
  | { readonly name: PartName; readonly state: 'ran'; readonly outcome: PartOutcome }
  | { readonly name: PartName; readonly state: 'skipped' | 'failed'; readonly why: string };

const say = (line: string) => process.stderr.write(`${line}\n`);

function readCommandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { refresh: { type: 'boolean' }, keep: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const unknown = positionals.find((name) => !partNames.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}`);
  return {
    ...values,
    chosen: partNames.filter((name) => positionals.length === 0 || positionals.includes(name)),
  };
}

async function runPart(
  name: PartName,
  folder: string,
  refresh: boolean,
  signal: AbortSignal,
): Promise<Result> {
  say(`${name}`);
  const context = { folder, signal, refresh, say: (line: string) => say(`  ${line}`) };
  try {
    const part = await parts[name]();
    return { name, state: 'ran', outcome: await part(context) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { name, state: error instanceof MissingTool ? 'skipped' : 'failed', why };
  }
}

function report(result: Result): string {
  const name = result.name.padEnd(10);
  if (result.state !== 'ran') return `${name}${result.state}: ${result.why}`;
  const { against, checked, explained, problems } = result.outcome;
  const verdict = problems.length === 0 ? 'as expected' : `${problems.length} UNEXPECTED`;
  const lines = problems.map((problem) => `    ${problem}`);
  return [`${name}${against}: ${checked}, ${explained} explained differences, ${verdict}`, ...lines].join(
    '\n',
  );
}

function exitCodeOf(results: readonly Result[]): number {
  const isWrong = (result: Result) =>
    result.state === 'failed' || (result.state === 'ran' && result.outcome.problems.length > 0);
  if (results.some(isWrong)) return 1;
  return results.some(({ state }) => state === 'skipped') ? 3 : 0;
}

async function main(): Promise<number> {
  let options: ReturnType<typeof readCommandLine>;
  try {
    options = readCommandLine();
  } catch (error) {
    say(`conformance: ${(error as Error).message}\n${usage}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => interruption.abort(new Error(`stopped by ${signal}`)));
  }
  const results: Result[] = [];
  for (const name of options.chosen) {
    if (interruption.signal.aborted) break;
    const folder = mkdtempSync(join(tmpdir(), `holdfast-conformance-${name}-`));
    results.push(await runPart(name, folder, options.refresh ?? false, interruption.signal));
    if (options.keep) say(`  logs are in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(`\n${results.map(report).join('\n')}\n`);
  return interruption.signal.aborted ? 1 : exitCodeOf(results);
}

process.exitCode = await main();
