import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { blockBytes, fillBlock } from './oracle-block.ts';
import { Random } from './random.ts';

export interface DataSet {
  readonly folder: string;
  readonly seed: number;
  /** Of each image copy. */
  readonly sizeMib: number;
  /** Share of the blocks that change in a day. */
  readonly change: number;
}

const imageCopies = 4;
const logsADay = 2;
const mebibyte = 2 ** 20;
const blocksOf = ({ sizeMib }: DataSet): number => (sizeMib * mebibyte) / blockBytes;
const pathOf = ({ folder }: DataSet, file: number): string =>
  join(folder, 'datafiles', `data_D-ORCL_TS-USERS_FNO-${file + 4}.dbf`);

/** Archived logs of a day: a twentieth of an image copy each, as far as it compresses random. */
export const logBytesOf = ({ sizeMib }: DataSet): number => Math.ceil(sizeMib / 20) * mebibyte;

/** The image copies as the first backup makes them, and that day's archived logs. */
export function writeFirstDay(set: DataSet): void {
  for (const folder of ['datafiles', 'arch']) mkdirSync(join(set.folder, folder), { recursive: true });
  const buffer = Buffer.alloc(blockBytes * 128);
  for (let file = 0; file < imageCopies; file++) {
    const fd = openSync(pathOf(set, file), 'w');
    for (let block = 0; block < blocksOf(set); block += 128) {
      for (let index = 0; index < 128; index++) {
        const target = buffer.subarray(index * blockBytes, (index + 1) * blockBytes);
        fillBlock(target, { seed: set.seed, file, block: block + index, day: 1 });
      }
      writeSync(fd, buffer);
    }
    closeSync(fd);
  }
  writeLogs(set, 1);
}

/** Rolls the image copies forward in place, as RECOVER COPY does, and writes the day's logs. Answers the bytes changed. */
export function writeNextDay(set: DataSet, day: number): number {
  const buffer = Buffer.alloc(blockBytes);
  let changed = 0;
  for (let file = 0; file < imageCopies; file++) {
    const fd = openSync(pathOf(set, file), 'r+');
    for (const [block, change] of changesOf(set, file, day)) {
      fillBlock(buffer, { seed: set.seed, file, block, day, change });
      changed += writeSync(fd, buffer, 0, blockBytes, block * blockBytes);
    }
    closeSync(fd);
  }
  writeLogs(set, day);
  return changed;
}

/** Half in dense inserts, 30 % in hot ranges, 20 % scattered; exactly the share asked for. */
function changesOf(set: DataSet, file: number, day: number): Map<number, 'insert' | 'update'> {
  const blocks = blocksOf(set);
  const random = new Random(set.seed, file, day, 11);
  const total = Math.round(blocks * set.change);
  const changes = new Map<number, 'insert' | 'update'>();
  const add = (block: number, change: 'insert' | 'update') => {
    if (block > 0 && block < blocks && !changes.has(block)) changes.set(block, change);
  };
  while (changes.size < total * 0.5) {
    const length = random.between(Math.min(32, blocks / 8), Math.min(512, blocks / 4));
    const first = random.below(blocks);
    for (let index = 0; index < length && changes.size < total * 0.5; index++) add(first + index, 'insert');
  }
  // The same every day.
  const hot = new Random(set.seed, file, 12);
  const ranges = Array.from({ length: Math.max(2, blocks >> 13) }, () => hot.below(blocks));
  const rangeBlocks = Math.min(1024, Math.floor(blocks / 2));
  while (changes.size < total * 0.8) {
    add((ranges[random.below(ranges.length)] ?? 0) + random.below(rangeBlocks), 'update');
    // Hot ranges may be full.
    add(random.below(blocks * 50), 'update');
  }
  while (changes.size < total) add(random.below(blocks), 'update');
  return changes;
}

function writeLogs(set: DataSet, day: number): void {
  for (let log = 0; log < logsADay; log++) {
    const random = new Random(set.seed, day, log, 13);
    const bytes = Buffer.alloc(logBytesOf(set));
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(random.next(), at);
    const fd = openSync(join(set.folder, 'arch', `1_${day * 100 + log}_1100000000.arc`), 'w');
    writeSync(fd, bytes);
    closeSync(fd);
  }
}
