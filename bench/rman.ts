import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createLogDecoder } from '../shared/domain/rman/decode.ts';
import { createRmanLogParser } from '../shared/domain/rman/log-parser.ts';
import { median, reportRatio } from './support/ratio.ts';

// How fast a log is read, as a ratio to what Node needs to decode the same file and to cut it into lines (node:readline, no work on
// any line), in turn and in one run. Two logs: one in which nearly every line says something that is kept, and one that is long, as
// such logs are, with crosschecks, lists and traces. And whether twice the log takes twice the time.
//
// `--large` writes a log of 2 GB instead and reports how much memory its map takes (on Linux, where /usr/bin/time is).

const ROUNDS = 5;
const MEGABYTES = 32;
const LARGE_MEGABYTES = 2048;
const MOST_MEMORY_MIB = 150;

const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-rman-'));

/** A backup of a few sets: every line of it counts. */
const backup = (run: number): string[] => [
  `Starting backup at 2031-05-17 01:00:${run % 60}`,
  ...Array.from({ length: 8 }, (_, set) => [
    `channel d${set % 4}: starting compressed incremental level 1 datafile backup set`,
    `channel d${set % 4}: specifying datafile(s) in backup set`,
    `input datafile file number=${String(run * 8 + set).padStart(5, '0')} name=/u02/oradata/LAGER/data_file_${run}_${set}.dbf`,
    `channel d${set % 4}: starting piece 1 at 2031-05-17 01:00:02`,
    `channel d${set % 4}: finished piece 1 at 2031-05-17 01:00:09`,
    `piece handle=/mnt/lager/daily/LAGER_${run}_${set}_1_1.bkp tag=NIGHTLY_RUN_${run} comment=NONE`,
    `channel d${set % 4}: backup set complete, elapsed time: 00:00:07`,
  ]).flat(),
  'Finished backup at 2031-05-17 01:00:59',
  '',
];

/** What makes logs long. */
const bulk = (run: number): string[] =>
  Array.from({ length: 60 }, (_, index) => [
    "crosschecked backup piece: found to be 'AVAILABLE'",
    `backup piece handle=/mnt/lager/daily/LAGER_${run}_${index}_1_1.bkp RECID=${index} STAMP=1245751741`,
    `  ${index}       Full 8473${index}   17-MAY-31 /u02/oradata/LAGER/data_file_${run}_${index}.dbf`,
    `        Piece Name: /mnt/lager/daily/LAGER_${run}_${index}_1_1.bkp`,
    `channel d1: restoring datafile 000${index} to /u02/oradata/LAGER/data_file_${index}.dbf`,
    `DBGRPC:        krmxpoq - returning rpc_number: ${index} with status: STARTED for channel d1`,
    `orcl             backup                   12.1.0.2.0 OPEN         ACTIVE`,
    '',
  ]).flat();

const writeLog = (name: string, megabytes: number, lines: (run: number) => string[]): string => {
  const path = join(directory, name);
  const file = openSync(path, 'w');
  for (let run = 0, written = 0; written < megabytes * 1_000_000; run += 1) {
    written += writeSync(file, `${lines(run).join('\n')}\n`);
  }
  closeSync(file);
  return path;
};

const parse = async (path: string): Promise<void> => {
  const decoder = createLogDecoder();
  const parser = createRmanLogParser(path);
  for await (const chunk of createReadStream(path)) parser.push(decoder.push(chunk as Buffer));
  parser.push(decoder.end());
  parser.end(decoder.encoding);
};

const split = async (path: string): Promise<void> => {
  let lines = 0;
  for await (const _ of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  }))
    lines += 1;
  if (lines === 0) throw new Error(`${path} has no lines`);
};

const megabytesPerSecond = async (path: string, work: (path: string) => Promise<void>): Promise<number> => {
  const before = performance.now();
  await work(path);
  return statSync(path).size / 1000 / (performance.now() - before);
};

const compare = async (what: string, path: string): Promise<void> => {
  const ours: number[] = [];
  const peer: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    peer.push(await megabytesPerSecond(path, split));
    ours.push(await megabytesPerSecond(path, parse));
  }
  reportRatio({ what, ours: median(ours), peer: median(peer), unit: 'MB/s', limit: { atLeast: 0.5 } });
};

const measureMemory = (path: string): void => {
  const main = join(import.meta.dirname, '..', 'cli', 'main.ts');
  const { stderr, status } = spawnSync(
    '/usr/bin/time',
    ['-f', '%M', process.execPath, main, 'rman', 'map', '--json', path],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  if (status !== 0) throw new Error(`the map of the large log failed: ${stderr}`);
  const mebibytes = Number(stderr.trim().split('\n').at(-1)) / 1024;
  reportRatio({
    what: `memory for the map of a log of ${LARGE_MEGABYTES} MB`,
    ours: mebibytes,
    peer: MOST_MEMORY_MIB,
    unit: 'MiB',
    limit: { atMost: 1 },
  });
};

try {
  if (process.argv.includes('--large')) {
    execFileSync('/usr/bin/time', ['--version'], { stdio: 'ignore' });
    measureMemory(
      writeLog('large.log', LARGE_MEGABYTES, (run) => [
        ...(run % 5000 === 0 ? backup(run) : []),
        ...bulk(run),
      ]),
    );
  } else {
    const long = writeLog('long.log', MEGABYTES, (run) => [
      ...(run % 50 === 0 ? backup(run) : []),
      ...bulk(run),
    ]);
    const twice = writeLog('twice.log', MEGABYTES * 2, (run) => [
      ...(run % 50 === 0 ? backup(run) : []),
      ...bulk(run),
    ]);
    await compare('a long log', long);
    await compare('a log of backups alone', writeLog('backups.log', MEGABYTES, backup));
    const once = median([
      await megabytesPerSecond(long, parse),
      await megabytesPerSecond(long, parse),
      await megabytesPerSecond(long, parse),
    ]);
    const double = median([
      await megabytesPerSecond(twice, parse),
      await megabytesPerSecond(twice, parse),
      await megabytesPerSecond(twice, parse),
    ]);
    reportRatio({
      what: 'rate for twice the log',
      ours: double,
      peer: once,
      unit: 'MB/s',
      limit: { atLeast: 0.6 },
    });
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
