import { blockAddress, blockSize, blockTypes, sealBlock } from './block.ts';
import type { FillBlock } from './block-writer.ts';
import { fillContent, typeOfContent } from './content.ts';
import type { Database, Datafile } from './database.ts';
import { stampOf } from './oracle-date.ts';
import {
  blockCount,
  contentKindAt,
  currentDay,
  dayOf,
  findBlockVersions,
  firstDataBlock,
  scnAtEndOf,
  scnOfChange,
  scnsOfLog,
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

/** Fills a zeroed block with the operating system's, which comes before the database's. */
export const fillFileStartBlock = (block: Buffer, datafile: Datafile): void => {
  block.writeUInt32LE(blockSize, 20);
  block.writeUInt32LE(blockCount(datafile), 24);
  block.writeUInt32LE(fileStartMagic, 28);
  sealBlock(block, { type: blockTypes.fileStart, address: fileStartAddress, scn: 0 });
};

/** How far a datafile is: what it holds, and what its header says of that. */
export interface DatafileState {
  /** All changes up to here are in it. */
  readonly contentScn: number;
  /** Recovery begins here. */
  readonly checkpointScn: number;
  /** Of a file that was copied while it was open: only redo up to here makes it consistent. */
  readonly fuzzyScn?: number;
  readonly stamp: number;
}

// Of a backup's blocks, those that change while it runs are newer than its checkpoint.
const scnsDuringBackup = 1000;

/** A datafile as a backup of the open database copies it. */
export const stateInBackup = (database: Database, at: Date): DatafileState => {
  const contentScn = scnAtEndOf(currentDay(database));
  return {
    contentScn,
    checkpointScn: contentScn - scnsDuringBackup,
    fuzzyScn: contentScn,
    stamp: stampOf(at),
  };
};

/** A datafile as it is when the database has been brought to an SCN. */
export const stateAt = ({ archivedLogs }: Pick<Database, 'archivedLogs'>, scn: number): DatafileState => {
  const log = archivedLogs.find((each) => scn < scnsOfLog(each).nextScn);
  return { contentScn: scn, checkpointScn: scn, stamp: log?.stamp ?? 0 };
};

const headerOffsets = { dbid: 28, blocks: 44, file: 52, checkpointScn: 484, stamp: 492, fuzzyScn: 500 };

/** Who the file belongs to and how far it has come; it changes with every checkpoint. */
const fillFileHeader = (
  block: Buffer,
  database: Database,
  datafile: Datafile,
  { checkpointScn, fuzzyScn = 0, stamp }: DatafileState,
): void => {
  const compatibleRelease = 0x13000000;
  block.writeUInt32LE(compatibleRelease, 24);
  block.writeUInt32LE(database.dbid, headerOffsets.dbid);
  block.write(database.name, 32, 8, 'latin1');
  block.writeUInt32LE(dayOf(checkpointScn), 40);
  block.writeUInt32LE(blockCount(datafile), headerOffsets.blocks);
  block.writeUInt32LE(blockSize, 48);
  block.writeUInt16LE(datafile.number, headerOffsets.file);
  block.writeUInt16LE(datafileKind, 54);
  block.writeUInt32LE(stampOf(new Date(2026, 0, 1)), 108);
  block.writeUInt32LE(datafile.number - 1, 332);
  block.writeUInt16LE(datafile.tablespace.length, 336);
  block.write(datafile.tablespace, 338, 30, 'latin1');
  block.writeUInt16LE(datafile.number, 368);
  block.writeUInt32LE(checkpointScn, headerOffsets.checkpointScn);
  block.writeUInt32LE(stamp, headerOffsets.stamp);
  block.writeUInt32LE(fuzzyScn, headerOffsets.fuzzyScn);
};

/** What a file header says. */
export const readFileHeader = (block: Buffer) => ({
  dbid: block.readUInt32LE(headerOffsets.dbid),
  blocks: block.readUInt32LE(headerOffsets.blocks),
  file: block.readUInt16LE(headerOffsets.file),
  checkpointScn: block.readUInt32LE(headerOffsets.checkpointScn),
  /** 0: the file is consistent. */
  fuzzyScn: block.readUInt32LE(headerOffsets.fuzzyScn),
});

/** Fills a zeroed block with what a datafile has there from its start to its space map. */
export const fillFirstBlock = (
  block: Buffer,
  database: Database,
  datafile: Datafile,
  { number, state }: { readonly number: number; readonly state: DatafileState },
): void => {
  const address = addressInCopy(datafile, number);
  if (number === 0) {
    fillFileStartBlock(block, datafile);
  } else if (number === 1) {
    fillFileHeader(block, database, datafile, state);
    sealBlock(block, { type: blockTypes.fileHeader, address, scn: state.checkpointScn });
  } else {
    sealBlock(block, { type: spaceMapType, address, scn: scnAtEndOf(0) });
  }
};

/** Makes a zeroed block one that was never used. */
export const fillUnusedBlock = (block: Buffer, datafile: Datafile, number: number): void =>
  sealBlock(block, {
    type: typeOfContent.neverUsed,
    address: addressInCopy(datafile, number),
    scn: 0,
  });

/** Fills a zeroed block with what it holds since a day. */
export const fillDataBlock = (
  block: Buffer,
  database: Database,
  datafile: Datafile,
  { number, version }: { readonly number: number; readonly version: number },
): void => {
  const { seed } = database;
  const kind = contentKindAt(database, datafile, number, version);
  fillContent(block, kind, { seed, file: datafile.number, number, version });
  const scn = kind === 'neverUsed' ? 0 : scnOfChange(database, datafile, number, version);
  sealBlock(block, { type: typeOfContent[kind], address: addressInCopy(datafile, number), scn });
};

/** The blocks of a datafile in some state: those that did not change since another state are the same bytes. */
export const makeDatafile = (database: Database, datafile: Datafile, state: DatafileState): FillBlock => {
  const versions = findBlockVersions(database, datafile, state.contentScn);
  return (block, number) => {
    if (number < firstDataBlock) fillFirstBlock(block, database, datafile, { number, state });
    else fillDataBlock(block, database, datafile, { number, version: versions[number] ?? 1 });
  };
};
