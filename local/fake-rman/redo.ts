import {
  blockAddress,
  blockSize,
  blocksPerMib,
  blockTypes,
  contentOffset,
  sealBlock,
  tailOffset,
} from './block.ts';
import type { FillBlock } from './block-writer.ts';
import { fillWithNoise } from './content.ts';
import type { ArchivedLog, Database } from './database.ts';
import { hash32, Random } from './random.ts';
import { dayOf, findChangedBlocks, scnOfChange, scnsOfLog, threadOfChange } from './workload.ts';

/**
 * A change that redo makes again: a block of a datafile becomes what that day's work made of it. What that is follows from the
 * database, so that a vector need not hold it.
 */
export interface ChangeVector {
  readonly file: number;
  readonly block: number;
  readonly day: number;
  readonly scn: number;
}

const vectorBytes = 16;
const vectorsOffset = contentOffset + 12;
// The rest of a block is noise: redo compresses by about half.
const vectorsPerBlock = Math.floor((blockSize / 2 - vectorsOffset) / vectorBytes);

/** The changes in a log, by SCN. */
export const changesInLog = (
  database: Database,
  log: Pick<ArchivedLog, 'span' | 'thread'>,
): ChangeVector[] => {
  const { firstScn, nextScn } = scnsOfLog(log);
  const day = dayOf(firstScn);
  return database.datafiles
    .flatMap((datafile) =>
      [...findChangedBlocks(database, datafile, day)].map((block) => ({
        ...{ file: datafile.number, block, day },
        scn: scnOfChange(database, datafile, block, day),
      })),
    )
    .filter(({ scn }) => scn >= firstScn && scn < nextScn)
    .filter((change) => threadOfChange(database, change) === log.thread)
    .sort((one, other) => one.scn - other.scn);
};

/** The blocks of an archived log. */
export const redoBlocks = (database: Database, log: ArchivedLog, sealScn: number): FillBlock[] => {
  const changes = changesInLog(database, log);
  const count = database.logMib * blocksPerMib;
  if (changes.length > count * vectorsPerBlock) {
    throw new Error(`${changes.length} changes do not fit into a log: set FAKE_RMAN_LOG_MIB higher`);
  }
  return Array.from({ length: count }, (_, index) => (block, number) => {
    const own = changes.slice(index * vectorsPerBlock, (index + 1) * vectorsPerBlock);
    block.writeUInt32LE(log.sequence, contentOffset);
    block.writeUInt32LE(index, contentOffset + 4);
    block.writeUInt16LE(own.length, contentOffset + 8);
    // What was written before there were several is of the first.
    block.writeUInt16LE(log.thread - 1, contentOffset + 10);
    for (const [at, change] of own.entries()) writeVector(block, vectorsOffset + at * vectorBytes, change);
    const random = new Random(hash32(database.seed, log.thread, log.sequence, index, 0x4ed0));
    fillWithNoise(block, random, blockSize / 2, tailOffset);
    sealBlock(block, { type: blockTypes.redo, address: blockAddress(0, number), scn: sealScn });
  });
};

const writeVector = (block: Buffer, at: number, { file, block: number, day, scn }: ChangeVector): void => {
  block.writeUInt16LE(file, at);
  block.writeUInt16LE(day, at + 2);
  block.writeUInt32LE(number, at + 4);
  block.writeUInt32LE(scn, at + 8);
};

/** The changes in a block of redo. */
export const readVectors = (block: Buffer): ChangeVector[] =>
  Array.from({ length: block.readUInt16LE(contentOffset + 8) }, (_, index) => {
    const at = vectorsOffset + index * vectorBytes;
    return {
      file: block.readUInt16LE(at),
      day: block.readUInt16LE(at + 2),
      block: block.readUInt32LE(at + 4),
      scn: block.readUInt32LE(at + 8),
    };
  });

/** The log that a block of redo says it is of. */
export const logOfBlock = (block: Buffer): Pick<ArchivedLog, 'sequence' | 'thread'> => ({
  sequence: block.readUInt32LE(contentOffset),
  thread: block.readUInt16LE(contentOffset + 10) + 1,
});
