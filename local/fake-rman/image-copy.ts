import { blockAddress, blockSize, blockTypes, sealBlock } from './block.ts';
import type { FillBlock } from './block-writer.ts';
import { fillContent, typeOfContent } from './content.ts';
import type { Database, Datafile } from './database.ts';
import { stampOf } from './oracle-date.ts';
import { hash32 } from './random.ts';
import {
  blockCount,
  contentKindAt,
  currentDay,
  findBlockVersions,
  firstDataBlock,
  scnAtEndOf,
} from './workload.ts';

const spaceMapType = 0x1d;
const datafileKind = 3;
// The operating system's block stands outside the database's numbering: file 1023, block 0.
const fileStartAddress = blockAddress(1023, 0);
const fileStartMagic = 0x7a7b7c7d;

/** Blocks that an image copy of a datafile has, the operating system's block 0 included. */
export const imageCopyBlocks = (datafile: Datafile): number => blockCount(datafile) + 1;

/** Where a block of an image copy says that it is. */
export const addressInCopy = (datafile: Datafile, block: number): number =>
  block === 0 ? fileStartAddress : blockAddress(datafile.number, block);

const fillFileStart = (block: Buffer, datafile: Datafile): void => {
  block.writeUInt32LE(blockSize, 20);
  block.writeUInt32LE(blockCount(datafile), 24);
  block.writeUInt32LE(fileStartMagic, 28);
};

/** Who the file belongs to and how far it has come; it changes with every checkpoint. */
const fillFileHeader = (block: Buffer, database: Database, datafile: Datafile, copiedAt: Date): void => {
  const compatibleRelease = 0x13000000;
  block.writeUInt32LE(compatibleRelease, 24);
  block.writeUInt32LE(database.dbid, 28);
  block.write(database.name, 32, 8, 'latin1');
  block.writeUInt32LE(currentDay(database), 40);
  block.writeUInt32LE(blockCount(datafile), 44);
  block.writeUInt32LE(blockSize, 48);
  block.writeUInt16LE(datafile.number, 52);
  block.writeUInt16LE(datafileKind, 54);
  block.writeUInt32LE(stampOf(new Date(2026, 0, 1)), 108);
  block.writeUInt32LE(datafile.number - 1, 332);
  block.writeUInt16LE(datafile.tablespace.length, 336);
  block.write(datafile.tablespace, 338, 30, 'latin1');
  block.writeUInt16LE(datafile.number, 368);
  block.writeUInt32LE(scnAtEndOf(currentDay(database)), 484);
  block.writeUInt32LE(stampOf(copiedAt), 492);
};

/** The blocks of a datafile as they are today: those that did not change since yesterday are the same bytes. */
export const makeImageCopy = (database: Database, datafile: Datafile, copiedAt: Date): FillBlock => {
  const versions = findBlockVersions(database, datafile);
  const { seed } = database;
  return (block, number) => {
    const address = addressInCopy(datafile, number);
    if (number === 0) {
      fillFileStart(block, datafile);
      return sealBlock(block, { type: blockTypes.fileStart, address, scn: 0 });
    }
    if (number === 1) {
      fillFileHeader(block, database, datafile, copiedAt);
      return sealBlock(block, {
        type: blockTypes.fileHeader,
        address,
        scn: scnAtEndOf(currentDay(database)),
      });
    }
    if (number < firstDataBlock) return sealBlock(block, { type: spaceMapType, address, scn: scnAtEndOf(0) });
    const version = versions[number] ?? 1;
    const kind = contentKindAt(database, datafile, number, version);
    fillContent(block, kind, { seed, file: datafile.number, number, version });
    // Some change in the course of that day.
    const scn = scnAtEndOf(version) - (hash32(seed, datafile.number, number, version) % 100_000);
    sealBlock(block, { type: typeOfContent[kind], address, scn: kind === 'neverUsed' ? 0 : scn });
  };
};
