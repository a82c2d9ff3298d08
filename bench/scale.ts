import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { memorySettings } from '../local/start/gateway-process.ts';
import type { Figures } from './scale/steps.ts';
import { installProgram } from './support/installed-program.ts';

// A rehearsal of scale without the bytes: the maps and manifests of two days of a large database and of a mount of small
// files, and the pack-by-pack plans of their restores. Each runs at a quarter of the size too, in a process of its own that
// is bundled and started as the package does it with the gateway: time has to grow with the size and no faster, memory must
// stay where it is. `node bench/scale.ts --tib 10 --files 1000000` is the whole of it.

const { values } = parseArgs({
  options: {
    tib: { type: 'string', default: '0.5' },
    files: { type: 'string', default: '100000' },
    /** `database` or `files`: no more than that. */
    only: { type: 'string' },
  },
});

const MOST_RSS_BYTES = 250e6;
/** Four times the size; half as much again for caches that are shared with whatever else runs. */
const MOST_GROWTH = 4 * 1.5;
/** What is quicker than this is start-up and noise. */
const LEAST_SECONDS = 0.5;

const say = (line: string) => process.stdout.write(`${line}\n`);
const inMib = (bytes: number) => (bytes / 2 ** 20).toFixed(0);

const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-scale-'));
try {
  const program = await installProgram('bench/scale/rehearse.ts', folder);
  if (values.only !== 'files') compare(program, 'database', Number(values.tib), 'TiB');
  if (values.only !== 'database') compare(program, 'files', Number(values.files), 'files');
} finally {
  rmSync(folder, { recursive: true });
}

function measure(program: string, kind: 'database' | 'files', size: number): Figures {
  const { stdout, status } = spawnSync(process.execPath, [program, kind, `${size}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...memorySettings },
  });
  if (status !== 0) throw new Error(`the rehearsal of ${size} ${kind} failed`);
  return JSON.parse(stdout);
}

function compare(program: string, kind: 'database' | 'files', size: number, unit: string): void {
  const [small, large] = [measure(program, kind, size / 4), measure(program, kind, size)];
  for (const [index, { step, seconds, peakRssBytes }] of large.steps.entries()) {
    const before = small.steps[index];
    const growth = seconds / Math.max(before?.seconds ?? 0, LEAST_SECONDS);
    const figures = `${before?.seconds.toFixed(1)} s at ${size / 4} ${unit}, ${seconds.toFixed(1)} s at ${size}`;
    check(`${step}: ${figures}, ${growth.toFixed(1)} times as long`, growth <= MOST_GROWTH);
    const memory = `${inMib(before?.peakRssBytes ?? 0)} MiB and ${inMib(peakRssBytes)} MiB`;
    check(`  most memory so far: ${memory}`, peakRssBytes <= MOST_RSS_BYTES);
  }
  say(`packs to fetch: ${small.packs} and ${large.packs}`);
}

function check(line: string, isMet: boolean): void {
  say(`${line} ${isMet ? 'ok' : 'MISSED'}`);
  if (!isMet) process.exitCode = 1;
}
