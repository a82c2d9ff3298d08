import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Command, InvalidArgumentError } from 'commander';
import { runSeed, type SeedResult } from './run-seed.ts';

// `npm run simulate -- --seeds 10000` lives through so many lives of a service, `--seed 7` through one of them with its whole
// trace. Ends with 1 when an invariant was violated; the last line is JSON.

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly seed?: number;
  readonly workers: number;
}

const readCount = (text: string): number => {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 0) return count;
  throw new InvalidArgumentError('a whole number is wanted, such as 1000');
};

const options = new Command('simulate')
  .description('runs the use cases on memory adapters under seeded schedules and checks the invariants')
  .option('--seeds <n>', 'how many seeds', readCount, 1000)
  .option('--from <s>', 'the first of them', readCount, 1)
  .option('--seed <s>', 'this one alone, with its trace', readCount)
  .option('--workers <n>', 'threads', readCount, Math.max(1, availableParallelism()))
  .parse()
  .opts<Options>();

const begin = performance.now();
const summary = { seeds: 0, steps: 0, violations: 0, firstFailingSeed: null as number | null };

const reached: Record<string, number> = {};

function take({ seed, steps, violation, reached: ofSeed }: Omit<SeedResult, 'trace'>): void {
  summary.seeds++;
  summary.steps += steps;
  for (const [name, times] of Object.entries(ofSeed)) reached[name] = (reached[name] ?? 0) + times;
  if (violation === undefined) return;
  summary.violations++;
  if (summary.firstFailingSeed === null || seed < summary.firstFailingSeed) summary.firstFailingSeed = seed;
  process.stdout.write(`seed ${seed}, step ${steps}: ${violation}\n`);
}

const rate = () => Math.round(summary.steps / ((performance.now() - begin) / 1000));

if (options.seed === undefined) await runAll();
else {
  const result = await runSeed(options.seed, { isTraced: true });
  process.stdout.write(`${result.trace.join('\n')}\n`);
  take(result);
}
const sorted = Object.entries(reached).sort(([a], [b]) => (a < b ? -1 : 1));
process.stdout.write(`${sorted.map(([name, times]) => `${name}: ${times}`).join('\n')}\n`);
if (summary.violations > 0) process.exitCode = 1;
process.stdout.write(`${JSON.stringify({ ...summary, stepsPerSecond: rate() })}\n`);

async function runAll(): Promise<void> {
  const end = options.from + options.seeds;
  let next = options.from;
  const progressEvery = Math.max(1, Math.floor(options.seeds / 20));
  const work = async () => {
    const worker = new Worker(new URL('seed-worker.ts', import.meta.url));
    while (next < end) {
      take(await askWorker(worker, next++));
      if (summary.seeds % progressEvery === 0) {
        process.stdout.write(`${summary.seeds} of ${options.seeds} seeds, ${rate()} steps a second\n`);
      }
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.max(1, options.workers) }, work));
}

function askWorker(worker: Worker, seed: number): Promise<SeedResult> {
  return new Promise((resolve, reject) => {
    worker.removeAllListeners();
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.postMessage(seed);
  });
}
