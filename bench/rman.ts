import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createRmanLogParser } from '../shared/domain/rman/log-parser.ts';
import { createLogDecoder } from '../shared/domain/rman/text/decode.ts';
import { logs, writeLog } from './rman/logs.ts';
import { reportMemory } from './rman/memory.ts';
import { reportRatio } from './support/ratio.ts';

// How fast a log is read, as a ratio to what Node needs to decode the same file and to cut it into lines (node:readline, no work on
// any line). Both read the same stream of the file, in turn and in one run; the best round of each counts, as it was disturbed
// least, and the first ones do not: until V8 has compiled what it meets, which takes either up to 100 MB of a kind of log. Then
// whether twice the log takes twice the time, and how much memory the map of a log of 2 GB takes.

const WARM_UP_ROUNDS = 15;
const ROUNDS = 15;
const BYTES = 8_000_000;

const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-rman-'));

const writeFile = (name: string, lines: (run: number) => string[], bytes: number): string => {
  const path = join(directory, name);
  const file = openSync(path, 'w');
  for (const part of writeLog(lines, bytes)) writeSync(file, part);
  closeSync(file);
  return path;
};

const parse = async (path: string): Promise<void> => {
  const decoder = createLogDecoder();
  const parser = createRmanLogParser(path);
  for await (const chunk of createReadStream(path)) parser.push(decoder.push(chunk as Buffer));
  parser.push(decoder.end());
  if (parser.end(decoder.encoding).facts.lines === 0) throw new Error(`${path} has no lines`);
};

const split = async (path: string): Promise<void> => {
  let lines = 0;
  const input = createReadStream(path);
  for await (const _ of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) lines += 1;
  if (lines === 0) throw new Error(`${path} has no lines`);
};

const megabytesPerSecond = async (path: string, work: (path: string) => Promise<void>): Promise<number> => {
  const before = performance.now();
  await work(path);
  return statSync(path).size / 1000 / (performance.now() - before);
};

/** In turn, so that what else the machine does meets both. */
const compare = async (
  one: () => Promise<number>,
  other: () => Promise<number>,
): Promise<{ readonly ours: number; readonly peer: number }> => {
  const ours: number[] = [];
  const peer: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    const [theirRate, ourRate] = [await other(), await one()];
    if (round < WARM_UP_ROUNDS) continue;
    peer.push(theirRate);
    ours.push(ourRate);
  }
  return { ours: Math.max(...ours), peer: Math.max(...peer) };
};

try {
  for (const [what, lines] of Object.entries(logs)) {
    const path = writeFile('once.log', lines, BYTES);
    const twice = writeFile('twice.log', lines, BYTES * 2);
    const readOnce = () => megabytesPerSecond(path, parse);
    const rates = await compare(readOnce, () => megabytesPerSecond(path, split));
    reportRatio({ what, ...rates, unit: 'MB/s', limit: { atLeast: 0.5 } });
    const growth = await compare(() => megabytesPerSecond(twice, parse), readOnce);
    reportRatio({ what: '  the rate for twice the log', ...growth, unit: 'MB/s', limit: { atLeast: 0.6 } });
  }
  await reportMemory();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
