import * as z from 'zod';
import { blockAddress, blockSize, blockTypes, contentOffset, sealBlock, tailOffset } from './block.ts';
import type { FillBlock } from './block-writer.ts';

const number = z.number().int().nonnegative();

const logEntrySchema = z.object({
  holds: z.literal('log'),
  thread: number.default(1),
  sequence: number,
  recid: number,
  span: number.optional(),
  stamp: number,
  resetlogsId: number,
  firstScn: number,
  nextScn: number,
  /** Of the day's changes, for the database that goes on after a recovery. */
  changeShare: z.number(),
  blocks: number,
});

const datafileEntrySchema = z.object({
  holds: z.literal('datafile'),
  file: number,
  level: number,
  /** An incremental has the blocks that changed from here on; 0: it has all. */
  fromScn: number,
  checkpointScn: number,
  fuzzyScn: number,
  /** Of the datafile, and how many of them the piece has. */
  blocksInFile: number,
  blocks: number,
});

const controlFileEntrySchema = z.object({
  holds: z.literal('controlFile'),
  checkpointScn: number,
  bytes: number,
  blocks: number,
});
const spfileEntrySchema = z.object({ holds: z.literal('spfile'), bytes: number, blocks: number });

const directorySchema = z.array(
  z.discriminatedUnion('holds', [
    logEntrySchema,
    datafileEntrySchema,
    controlFileEntrySchema,
    spfileEntrySchema,
  ]),
);

export type LogEntry = z.infer<typeof logEntrySchema> & { readonly span: number };
export type PieceEntry = Exclude<z.infer<typeof directorySchema>[number], { holds: 'log' }> | LogEntry;
export type DatafileEntry = z.infer<typeof datafileEntrySchema>;

/** The first block of a piece: whose it is, and where its directory ends. */
export interface PieceHeader {
  readonly dbid: number;
  readonly name: string;
  readonly setNumber: number;
  readonly stamp: number;
  readonly directoryBytes: number;
}

const offsets = { dbid: 28, name: 32, setNumber: 44, blockSize: 48, stamp: 52, directoryBytes: 56 };
const nameLength = 8;

/** Bytes of text that a block has room for. */
export const textPerBlock = tailOffset - contentOffset;

export const blocksOfText = (bytes: number): number => Math.ceil(bytes / textPerBlock);

export const encodeDirectory = (entries: readonly PieceEntry[]): Buffer =>
  Buffer.from(JSON.stringify(entries), 'utf8');

export const decodeDirectory = (text: string): PieceEntry[] =>
  directorySchema
    .parse(JSON.parse(text))
    .map((entry) => (entry.holds === 'log' ? { ...entry, span: entry.span ?? entry.recid } : entry));

/** Writes a piece's header into a zeroed block, seal included. */
export const fillPieceHeader = (block: Buffer, header: PieceHeader, scn: number): void => {
  block.writeUInt32LE(header.dbid, offsets.dbid);
  block.write(header.name, offsets.name, nameLength, 'latin1');
  block.writeUInt32LE(header.setNumber, offsets.setNumber);
  block.writeUInt32LE(blockSize, offsets.blockSize);
  block.writeUInt32LE(header.stamp, offsets.stamp);
  block.writeUInt32LE(header.directoryBytes, offsets.directoryBytes);
  sealBlock(block, { type: blockTypes.pieceHeader, address: blockAddress(0, 0), scn });
};

export const readPieceHeader = (block: Buffer): PieceHeader => ({
  dbid: block.readUInt32LE(offsets.dbid),
  name: block.toString('latin1', offsets.name, offsets.name + nameLength).replace(/\0+$/, ''),
  setNumber: block.readUInt32LE(offsets.setNumber),
  stamp: block.readUInt32LE(offsets.stamp),
  directoryBytes: block.readUInt32LE(offsets.directoryBytes),
});

/** Fills blocks with a text that goes on from one to the next. */
export const textBlocks = (text: Buffer, count: number, { type, scn }: { type: number; scn: number }) =>
  Array.from(
    { length: count },
    (_, index): FillBlock =>
      (block, number) => {
        text.subarray(index * textPerBlock, (index + 1) * textPerBlock).copy(block, contentOffset);
        sealBlock(block, { type, address: blockAddress(0, number), scn });
      },
  );
