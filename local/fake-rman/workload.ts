import { blocksPerMib } from './block.ts';
import type { ContentKind } from './content.ts';
import type { Database, Datafile } from './database.ts';
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

/** Lets a day of work pass: blocks change, and the redo of it is archived. */
export const passDay = (database: Database, changeShare: number, now: Date): void => {
  database.changeShares.push(changeShare);
  for (let age = logsPerDay - 1; age >= 0; age--) {
    const archivedAt = new Date(now.getTime() - age * hoursBetweenLogs * 3_600_000);
    const recid = (database.archivedLogs.at(-1)?.recid ?? 0) + 1;
    const sequence = database.nextSequence++;
    database.archivedLogs.push({ sequence, recid, stamp: stampOf(archivedAt), timesBackedUp: 0 });
  }
};

/** How many blocks of a datafile change in a day with this share, its header not counted. */
export const changedBlockCount = (datafile: Datafile, share: number): number =>
  Math.round((blockCount(datafile) - firstDataBlock) * share);

/** The day on which each block of a datafile last changed (1: the day of its creation), by block number. */
export const findBlockVersions = ({ seed, changeShares }: Database, datafile: Datafile): Uint16Array => {
  const versions = new Uint16Array(blockCount(datafile) + 1).fill(1);
  changeShares.forEach((share, index) => {
    const day = index + 1;
    if (day === 1) return;
    markChanges(
      versions,
      day,
      changedBlockCount(datafile, share),
      new Random(hash32(seed, datafile.number, day)),
    );
  });
  return versions;
};

/** Half of the changes are runs of neighbours, as inserts make them; the others are scattered, as updates are. */
const markChanges = (versions: Uint16Array, day: number, changes: number, random: Random): void => {
  const dataBlocks = versions.length - firstDataBlock;
  let left = Math.min(changes, dataBlocks);
  const mark = (number: number): void => {
    if (left === 0 || number >= versions.length || versions[number] === day) return;
    versions[number] = day;
    left -= 1;
  };
  const scattered = Math.floor(left / 2);
  while (left > scattered) {
    const start = firstDataBlock + random.below(dataBlocks);
    for (let next = start; next < start + extentBlocks && left > scattered; next++) mark(next);
  }
  while (left > 0) mark(firstDataBlock + random.below(dataBlocks));
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
