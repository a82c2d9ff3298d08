import { blocksPerMib } from './block.ts';
import type { ContentKind } from './content.ts';
import type { ArchivedLog, Database, Datafile } from './database.ts';
import { formatOracleDate, stampOf } from './oracle-date.ts';
import { hash32, Random } from './random.ts';

// Blocks 1 and 2 are the file's header and space map; block 0 is the operating system's and not counted.
export const firstDataBlock = 3;
const extentBlocks = 16;
const scnAtCreation = 1_500_000;
const scnPerDay = 200_000;
const logsPerDay = 2;
const hoursBetweenLogs = 12;

/** The database's current day, counted from 1. */
export const currentDay = ({ changeShares }: Database): number => changeShares.length;

/** Blocks of a datafile, its header included. */
export const blockCount = ({ sizeMib }: Datafile): number => sizeMib * blocksPerMib;

/** The SCN at the end of a day. */
export const scnAtEndOf = (day: number): number => scnAtCreation + day * scnPerDay;

/** The day in which an SCN lies. */
export const dayOf = (scn: number): number => Math.ceil((scn - scnAtCreation) / scnPerDay);

/** The SCN of a block's change on a day: some moment in its course. */
export const scnOfChange = (
  { seed }: Pick<Database, 'seed'>,
  { number }: Pick<Datafile, 'number'>,
  block: number,
  day: number,
): number => scnAtEndOf(day) - (hash32(seed, number, block, day) % scnPerDay);

/** Redo of its thread from `firstScn` on and before `nextScn` is in the log. All threads switch their logs at once. */
export const scnsOfLog = ({ span }: Pick<ArchivedLog, 'span'>) => {
  const scnsPerLog = scnPerDay / logsPerDay;
  const firstScn = scnAtCreation + (span - 1) * scnsPerLog + 1;
  return { firstScn, nextScn: firstScn + scnsPerLog };
};

/** The instance that makes a change. */
export const threadOfChange = (
  { seed, threads }: Pick<Database, 'seed' | 'threads'>,
  { file, block, day }: { readonly file: number; readonly block: number; readonly day: number },
): number => 1 + (hash32(seed, file, block, day, 0x7ead) % threads);

/** The number of the next log of a thread. */
export const nextSequence = ({ seed, archivedLogs }: Database, thread: number): number => {
  const last = archivedLogs.findLast((log) => log.thread === thread)?.sequence;
  return (last ?? hash32(seed, 0x5e8 + thread) % 400) + 1;
};

/** Lets a day of work pass: blocks change, and the redo of it is archived. */
export const passDay = (database: Database, changeShare: number, now: Date): void => {
  database.changeShares.push(changeShare);
  for (let age = logsPerDay - 1; age >= 0; age--) {
    const archivedAt = new Date(now.getTime() - age * hoursBetweenLogs * 3_600_000);
    const last = database.archivedLogs.at(-1);
    // Days may be minutes apart; a log is archived after the one before it even so.
    const stamp = Math.max(stampOf(archivedAt), last?.stamp ?? 0);
    for (let thread = 1; thread <= database.threads; thread++) {
      const sequence = nextSequence(database, thread);
      const recid = (last?.recid ?? 0) + thread;
      const span = (last?.span ?? 0) + 1;
      database.archivedLogs.push({ thread, sequence, recid, span, stamp, timesBackedUp: 0 });
    }
  }
};

/** How many blocks of a datafile change in a day with this share, its header not counted. */
export const changedBlockCount = (datafile: Datafile, share: number): number =>
  Math.round((blockCount(datafile) - firstDataBlock) * share);

/** The blocks of a datafile that change in the course of a day; on the first one all are made. */
export const findChangedBlocks = (
  { seed, changeShares }: Database,
  datafile: Datafile,
  day: number,
): ReadonlySet<number> => {
  const share = changeShares[day - 1];
  if (day === 1 || share === undefined) return new Set();
  return chooseBlocks(
    blockCount(datafile) + 1,
    changedBlockCount(datafile, share),
    new Random(hash32(seed, datafile.number, day)),
  );
};

/** The day on which each block of a datafile last changed (1: the day of its creation) up to an SCN, by block number. */
export const findBlockVersions = (
  database: Database,
  datafile: Datafile,
  scn = scnAtEndOf(currentDay(database)),
): Uint16Array => {
  const versions = new Uint16Array(blockCount(datafile) + 1).fill(1);
  for (let day = 2; day <= dayOf(scn); day++) {
    for (const block of findChangedBlocks(database, datafile, day)) {
      if (scnOfChange(database, datafile, block, day) <= scn) versions[block] = day;
    }
  }
  return versions;
};

/** Half of the changes are runs of neighbours, as inserts make them; the others are scattered, as updates are. */
const chooseBlocks = (blocks: number, changes: number, random: Random): ReadonlySet<number> => {
  const chosen = new Set<number>();
  const dataBlocks = blocks - firstDataBlock;
  let left = Math.min(changes, dataBlocks);
  const choose = (number: number): void => {
    if (left === 0 || number >= blocks || chosen.has(number)) return;
    chosen.add(number);
    left -= 1;
  };
  const scattered = Math.floor(left / 2);
  while (left > scattered) {
    const start = firstDataBlock + random.below(dataBlocks);
    for (let next = start; next < start + extentBlocks && left > scattered; next++) choose(next);
  }
  while (left > 0) choose(firstDataBlock + random.below(dataBlocks));
  return chosen;
};

/** What a block holds. A never-used block that changes becomes a block of rows. */
export const contentKindAt = (
  { seed }: Database,
  { number, tablespace }: Datafile,
  block: number,
  version: number,
): ContentKind => {
  const percent = hash32(seed, number, Math.floor(block / extentBlocks), 0xe7) % 100;
  if (percent >= 85 && version === 1) return 'neverUsed';
  if (tablespace.startsWith('UNDO')) return 'undo';
  return percent < 10 ? 'largeObject' : 'rows';
};

/** The next free number of the day for an autobackup's name. */
export const takeAutobackupSequence = (database: Database, at: Date): number => {
  const day = formatOracleDate(at, 'YYYYMMDD');
  if (database.autobackup.day !== day) database.autobackup = { day, count: 0 };
  return database.autobackup.count++;
};
