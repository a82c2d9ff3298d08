import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import '../gateway/small-heap.ts';
import { rehearseDatabase } from './scale/database.ts';
import { rehearseFiles } from './scale/files.ts';

// A rehearsal of scale without the bytes: the maps and manifests of two days of a large database and of a mount of small
// files, and the pack-by-pack plans of their restores. Each runs at a quarter of the size too, in a process of its own:
// time has to grow with the size and no faster, memory must stay where it is. `--tib 10 --files 1000000` is the whole of it.

const { values } = parseArgs({
  options: {
    tib: { type: 'string', default: '0.5' },
    files: { type: 'string', default: '100000' },
    /** What a process of ours is to do. */
    only: { type: 'string' },
  },
});

interface Figures {
  /** Of processor time: first day, second day, plan of the restore. */
  readonly seconds: readonly number[];
  readonly packs: number;
  readonly peakRssBytes: number;
}

const MOST_RSS_BYTES = 250 * 2 ** 20;
/** Four times the size; half as much again for caches that are shared with whatever else runs. */
const MOST_GROWTH = 4 * 1.5;
/** What is quicker than this is start-up and noise. */
const LEAST_SECONDS = 0.5;

const say = (line: string) => process.stdout.write(`${line}\n`);

if (values.only !== undefined) await rehearse(values.only);
else {
  compare('database', Number(values.tib), 'TiB');
  compare('files', Number(values.files), 'files');
}

async function rehearse(kind: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-scale-'));
  try {
    const figures =
      kind === 'database'
        ? await rehearseDatabase(Number(values.tib), folder)
        : await rehearseFiles(Number(values.files), folder);
    const peakRssBytes = process.resourceUsage().maxRSS * 1024;
    say(JSON.stringify({ ...figures, peakRssBytes } satisfies Figures));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measure(kind: 'database' | 'files', size: number): Figures {
  const sizes = kind === 'database' ? ['--tib', `${size}`] : ['--files', `${size}`];
  const args = [import.meta.filename, '--only', kind, ...sizes];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`the rehearsal of ${size} ${kind} failed`);
  return JSON.parse(stdout);
}

function compare(kind: 'database' | 'files', size: number, unit: string): void {
  const [small, large] = [measure(kind, size / 4), measure(kind, size)];
  const steps = ['first day', 'second day', 'plan of the restore'];
  steps.forEach((step, index) => {
    const [before = 0, after = 0] = [small.seconds[index], large.seconds[index]];
    const growth = after / Math.max(before, LEAST_SECONDS);
    const figures = `${before.toFixed(1)} s at ${size / 4} ${unit}, ${after.toFixed(1)} s at ${size}`;
    check(`${step}: ${figures}, ${growth.toFixed(1)} times as long`, growth <= MOST_GROWTH);
  });
  const [before, after] = [small, large].map(({ peakRssBytes }) => (peakRssBytes / 2 ** 20).toFixed(0));
  check(`most memory: ${before} MiB and ${after} MiB`, large.peakRssBytes <= MOST_RSS_BYTES);
  say(`packs to fetch: ${small.packs} and ${large.packs}`);
}

function check(line: string, isMet: boolean): void {
  say(`${line} ${isMet ? 'ok' : 'MISSED'}`);
  if (!isMet) process.exitCode = 1;
}
