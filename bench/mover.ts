import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compareTrees } from '../local/start/compare-trees.ts';
import { startPlatform } from '../local/start/platform.ts';
import { type Contender, findContenders } from './mover/contenders.ts';
import { type DataSet, logBytesOf } from './mover/oracle-files.ts';
import { figuresOf, findChild } from './mover/process-figures.ts';
import { Subject } from './mover/subject.ts';
import { settle, writeDay } from './mover/write-data.ts';
import { gatewayProgram, installProgram } from './support/installed-program.ts';
import { median } from './support/ratio.ts';

// Two days of an Oracle database through the whole product on this machine, from the PUT to the committed point, and a
// restore; turn by turn with restic and borg where they are installed. Ratios of times are taken within one round. In the
// end, for its memory alone, two mounts at once and a restore beside an upload.

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    'size-mib': { type: 'string', default: '64' },
    seed: { type: 'string', default: '42' },
    change: { type: 'string', default: '0.02' },
  },
});
const [sizeMib, seed, change] = [Number(values['size-mib']), Number(values.seed), Number(values.change)];
if (!(sizeMib >= 1 && Number.isInteger(sizeMib) && Number.isInteger(seed) && change > 0 && change <= 1)) {
  process.stderr.write('--size-mib and --seed are whole numbers, --change is a share from 0 to 1\n');
  process.exit(2);
}

const ROUNDS = 3;
/** Of the blocks that changed, as stored for the image copies on day 2. */
const MOST_STORED = 0.6;
const MOST_RSS_BYTES = 250 * 2 ** 20;

const steps = ['first', 'day2', 'restore'] as const;
type Seconds = Record<(typeof steps)[number], number>;

const say = (line: string) => process.stdout.write(`${line}\n`);
const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-mover-'));
const contenders = findContenders(directory);
const installed = await installProgram(gatewayProgram, join(directory, 'installed'));
const platform = await startPlatform({ directory, gatewayPort: 0, gatewayProgram: installed, say: () => {} });
const gateway = findChild(installed);
const rounds: { ours: Seconds; theirs: Map<string, Seconds>; storedBytes: number; changedBytes: number }[] =
  [];
const cpuBefore = figuresOf(gateway).cpuSeconds;
try {
  for (let round = 1; round <= ROUNDS; round++) rounds.push(await runRound(round));
  await runTogether();
} finally {
  report();
  await platform.close();
  rmSync(directory, { recursive: true, force: true });
}

async function runRound(round: number) {
  const subject = await Subject.make(platform, `round${round}`);
  const set: DataSet = { folder: subject.folder, seed, sizeMib, change };
  const theirs = new Map(contenders.map(({ name }) => [name as string, emptySeconds()]));
  const ours = emptySeconds();
  /** Whoever is first has to make the system find memory for all: each goes first in a round of its own. */
  async function inTurn<T extends { readonly seconds: number }>(
    step: keyof Seconds,
    our: () => Promise<T>,
    their: (contender: Contender) => Promise<void>,
  ): Promise<T> {
    let result: T | undefined;
    for (const contender of rotate([undefined, ...contenders], round)) {
      contender?.clear();
      await settle(subject.folder);
      const start = performance.now();
      if (contender === undefined) result = await our();
      else await their(contender);
      const seconds = contender && theirs.get(contender.name);
      if (seconds) seconds[step] = (performance.now() - start) / 1000;
    }
    if (!result) throw new Error('nobody had a turn');
    ours[step] = result.seconds;
    return result;
  }
  for (const contender of contenders) await contender.prepare();
  const peaks: number[] = [];
  const notePeak = () => void peaks.push(peakMib());
  notePeak();
  await subject.begin();
  await writeDay(set, 1);
  await inTurn(
    'first',
    () => subject.finish(),
    (contender) => contender.backUp(subject.folder, 1),
  );
  notePeak();
  await subject.begin();
  const changedBytes = await writeDay(set, 2);
  const day2 = await inTurn(
    'day2',
    () => subject.finish(),
    (contender) => contender.backUp(subject.folder, 2),
  );
  notePeak();
  const restored = await inTurn(
    'restore',
    () => subject.restore(day2.recoveryPointId),
    (contender) => contender.restore(2),
  );
  notePeak();
  const differences = await compareTrees(subject.folder, restored.folder);
  if (differences.length > 0) throw new Error(`the restore differs: ${differences.join(', ')}`);
  rmSync(restored.folder, { recursive: true });
  say(
    `round ${round}: first ${ours.first.toFixed(1)} s, day 2 ${ours.day2.toFixed(1)} s, restore ${ours.restore.toFixed(1)} s, memory so far ${peaks.join(', ')} MiB`,
  );
  return { ours, theirs, storedBytes: day2.storedBytes, changedBytes };
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

async function runTogether(): Promise<void> {
  const [one, other] = await Promise.all([
    Subject.make(platform, 'together1'),
    Subject.make(platform, 'together2'),
  ]);
  const setOf = (subject: Subject, by: number): DataSet => ({
    folder: subject.folder,
    seed: seed + by,
    sizeMib,
    change,
  });
  await Promise.all([one.begin(), other.begin()]);
  await writeDay(setOf(one, 1), 1);
  await writeDay(setOf(other, 2), 1);
  const [first] = await Promise.all([one.finish(), other.finish()]);
  const uploads = peakMib();
  await other.begin();
  // Other content in all blocks of the files.
  await writeDay(setOf(other, 3), 1);
  const [restored] = await Promise.all([one.restore(first.recoveryPointId), other.finish()]);
  rmSync(restored.folder, { recursive: true });
  say(`memory with two uploads at once: ${uploads} MiB, with a restore beside an upload: ${peakMib()} MiB`);
}

function peakMib(): number {
  return Math.round(figuresOf(gateway).peakRssBytes / 2 ** 20);
}

function emptySeconds(): Seconds {
  return { first: Number.NaN, day2: Number.NaN, restore: Number.NaN };
}

function ratioTo(name: Contender['name'], step: keyof Seconds): number | null {
  if (!contenders.some((contender) => contender.name === name)) return null;
  return median(rounds.map(({ ours, theirs }) => ours[step] / (theirs.get(name)?.[step] ?? Number.NaN)));
}

function report(): void {
  const [last] = rounds.slice(-1);
  if (!last) return;
  const { cpuSeconds, peakRssBytes } = figuresOf(gateway);
  const { storedBytes, changedBytes } = last;
  // The logs are random and stored as they are; what else the day costs, maps and manifest too, counts for the copies.
  const imageCopyBytes = storedBytes - 2 * logBytesOf({ folder: '', seed, sizeMib, change });
  const versus = (step: keyof Seconds) => ({
    vsRestic: ratioTo('restic', step),
    vsBorg: ratioTo('borg', step),
  });
  const share = imageCopyBytes / changedBytes;
  for (const step of steps) {
    say(
      `${step}: median ${median(rounds.map(({ ours }) => ours[step])).toFixed(2)} s, ${JSON.stringify(versus(step))}`,
    );
  }
  check(
    `stored for the image copies on day 2: ${imageCopyBytes} of ${changedBytes} changed, ratio ${share.toFixed(2)}`,
    share <= MOST_STORED,
  );
  check(
    `most memory of the gateway: ${(peakRssBytes / 2 ** 20).toFixed(0)} MiB`,
    peakRssBytes <= MOST_RSS_BYTES,
  );
  say(`processor time of the gateway: ${(cpuSeconds - cpuBefore).toFixed(1)} s for ${ROUNDS} rounds`);
  if (!values.json) return;
  const day2 = { ...versus('day2'), storedBytes, imageCopyBytes, changedBytes };
  say(JSON.stringify({ first: versus('first'), day2, restore: versus('restore'), peakRssBytes }));
}

function check(line: string, isMet: boolean): void {
  say(`${line} ${isMet ? 'ok' : 'MISSED'}`);
  if (!isMet) process.exitCode = 1;
}
