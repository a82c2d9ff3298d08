import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createRmanLogParser } from '../shared/domain/rman/log-parser.ts';
import { createLogDecoder } from '../shared/domain/rman/text/decode.ts';
import { type Lines, logs, writeLog } from './rman/logs.ts';
import { reportMemory } from './rman/memory.ts';
import { readRealLogs } from './rman/real-logs.ts';
import { type Pairs, reportPairs } from './support/ratio.ts';

// How fast a log is read, as a ratio to what Node needs to decode the same file and to cut it into lines (node:readline, no work on
// any line). Both read the same stream of the file, in turn and in one run; what counts is the median of the ratios of the pairs, as
// a round without any disturbance comes to either by luck. The first rounds do not count: until V8 has compiled what it meets,
// which takes either up to 100 MB of a kind of log. Then whether twice the log takes twice the time, and how much memory the map
// of a log of 2 GB takes.

const WARM_UP_ROUNDS = 15;
/** Enough for a median where other work disturbs many of them. */
const ROUNDS = 45;
const BYTES = 8_000_000;

const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-rman-'));

const real = readRealLogs();
const kinds: Readonly<Record<string, Lines>> = {
  ...logs,
  ...(real && { 'real logs one after the other': (run) => real[run % real.length] ?? [] }),
};

const writeFile = (name: string, lines: Lines, bytes: number): string => {
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

interface Work {
  readonly path: string;
  readonly work: (path: string) => Promise<void>;
}

const megabytesPerSecond = async ({ path, work }: Work): Promise<number> => {
  const before = performance.now();
  await work(path);
  return statSync(path).size / 1000 / (performance.now() - before);
};

/** In pairs of rounds, and in turn the one or the other first, so that what else the machine does meets both. */
const compare = async (one: Work, other: Work): Promise<Pick<Pairs, 'ours' | 'peers'>> => {
  const ours: number[] = [];
  const peers: number[] = [];
  const measureOne = async () => ours.push(await megabytesPerSecond(one));
  const measureOther = async () => peers.push(await megabytesPerSecond(other));
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    const inOrder = round % 2 === 0 ? [measureOther, measureOne] : [measureOne, measureOther];
    for (const measure of inOrder) await measure();
  }
  return { ours: ours.slice(WARM_UP_ROUNDS), peers: peers.slice(WARM_UP_ROUNDS) };
};

try {
  for (const [what, lines] of Object.entries(kinds)) {
    const path = writeFile('once.log', lines, BYTES);
    const twice = writeFile('twice.log', lines, BYTES * 2);
    const rates = await compare({ path, work: parse }, { path, work: split });
    reportPairs({ what, ...rates, unit: 'MB/s', limit: { atLeast: 0.5 } });
    const growth = await compare({ path: twice, work: parse }, { path, work: parse });
    reportPairs({ what: '  the rate for twice the log', ...growth, unit: 'MB/s', limit: { atLeast: 0.6 } });
  }
  await reportMemory();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
