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
import { stampOf } from './oracle-date.ts';
import { hash32, Random } from './random.ts';
import { blockCount, currentDay, scnAtEndOf } from './workload.ts';

/** The content of a backup piece: its size and how to fill its blocks. */
export interface PieceContent {
  readonly blocks: number;
  readonly fill: FillBlock;
}

// Header and directory come before what the piece holds.
const leadingBlocks = 2;
const controlFileMib = 1;

const makePiece = (
  database: Database,
  {
    setNumber,
    at,
    directory,
    blocks,
  }: { setNumber: number; at: Date; directory: string; blocks: readonly ((block: Buffer) => number)[] },
): PieceContent => ({
  blocks: leadingBlocks + blocks.length,
  fill: (block, number) => {
    let type: number = blockTypes.pieceHeader;
    if (number === 0) {
      block.writeUInt32LE(database.dbid, 28);
      block.write(database.name, 32, 8, 'latin1');
      block.writeUInt32LE(setNumber, 44);
      block.writeUInt32LE(blockSize, 48);
      block.writeUInt32LE(stampOf(at), 52);
    } else if (number === 1) {
      type = blockTypes.pieceDirectory;
      block.write(directory, contentOffset, tailOffset - contentOffset, 'latin1');
    } else {
      type = blocks[number - leadingBlocks]?.(block) ?? blockTypes.controlFile;
    }
    sealBlock(block, { type, address: blockAddress(0, number), scn: scnAtEndOf(currentDay(database)) });
  },
});

/** Redo: half change records that look like noise, half what compresses. */
const redoBlock =
  (seed: number, sequence: number, number: number) =>
  (block: Buffer): number => {
    block.writeUInt32LE(sequence, contentOffset);
    block.writeUInt32LE(number, contentOffset + 4);
    fillWithNoise(block, new Random(hash32(seed, sequence, number, 0x4ed0)), blockSize / 2, tailOffset);
    return blockTypes.redo;
  };

/** A piece that holds archived logs. */
export const makeLogPiece = (
  database: Database,
  logs: readonly ArchivedLog[],
  set: { setNumber: number; at: Date },
): PieceContent =>
  makePiece(database, {
    ...set,
    directory: logs.map(({ sequence }) => `thread 1 sequence ${sequence}\n`).join(''),
    blocks: logs.flatMap(({ sequence }) =>
      Array.from({ length: database.logMib * blocksPerMib }, (_, number) =>
        redoBlock(database.seed, sequence, number),
      ),
    ),
  });

/** What the control file says of the database today, as text: enough to tell one day's control file from another's. */
const describeDatabase = (database: Database): string =>
  [
    `database ${database.name} dbid ${database.dbid} checkpoint ${scnAtEndOf(currentDay(database))}`,
    ...database.datafiles.map(
      (datafile) =>
        `datafile ${datafile.number} ${datafile.tablespace} ${blockCount(datafile)} blocks ${datafile.name}`,
    ),
    ...database.archivedLogs.map((log) => `log thread 1 sequence ${log.sequence} stamp ${log.stamp}`),
    ...database.pieces.map((piece) => `piece ${piece.recid} ${piece.handle} ${piece.tag}`),
  ].join('\n');

const parameterFile = ({ name }: Database): string =>
  [
    `*.control_files='/u01/app/oracle/oradata/${name}/control01.ctl'`,
    `*.db_block_size=${blockSize}`,
    `*.db_name='${name}'`,
    "*.log_archive_format='%t_%s_%r.dbf'",
    "*.undo_tablespace='UNDOTBS1'",
  ].join('\n');

/** A piece that holds control file and SPFILE. Most of a control file is free record slots, the same every day. */
export const makeAutobackupPiece = (
  database: Database,
  set: { setNumber: number; at: Date },
): PieceContent => {
  const text = Buffer.from(describeDatabase(database), 'latin1');
  const perBlock = tailOffset - contentOffset;
  const controlFileBlock = (index: number) => (block: Buffer) => {
    text.subarray(index * perBlock, (index + 1) * perBlock).copy(block, contentOffset);
    return blockTypes.controlFile;
  };
  const spfileBlock = (block: Buffer): number => {
    block.write(parameterFile(database), contentOffset, 'latin1');
    return blockTypes.controlFile;
  };
  const length = Math.max(controlFileMib * blocksPerMib, Math.ceil(text.length / perBlock));
  return makePiece(database, {
    ...set,
    directory: 'control file\nspfile\n',
    blocks: [...Array.from({ length }, (_, index) => controlFileBlock(index)), spfileBlock],
  });
};
