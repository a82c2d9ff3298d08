import { closeSync, openSync, readSync } from 'node:fs';
import { blockAddress, blockSize, blockTypes, contentOffset, findBlockFault, tailOffset } from '../block.ts';
import { readFileHeader } from '../image-copy.ts';
import { blocksOfText, decodeDirectory, type PieceEntry, readPieceHeader } from '../piece-format.ts';
import { RmanError } from '../rman-error.ts';

/** A part of a piece: what it holds, and where in the piece. */
export interface PiecePart {
  readonly path: string;
  readonly entry: PieceEntry;
  readonly firstBlock: number;
}

export interface OpenedPiece {
  readonly dbid: number;
  readonly name: string;
  readonly parts: readonly PiecePart[];
}

/** Reads blocks of a file one after the other; throws what the file system throws. */
export function* readBlocks(path: string, first: number, count: number): Generator<Buffer> {
  const file = openSync(path, 'r');
  try {
    for (let number = first; number < first + count; number++) {
      const block = Buffer.alloc(blockSize);
      const read = readSync(file, block, 0, blockSize, number * blockSize);
      yield block.subarray(0, read);
    }
  } finally {
    closeSync(file);
  }
}

const corrupt = (path: string, number: number): RmanError =>
  new RmanError([
    `ORA-19870: error while restoring backup piece ${path}`,
    `ORA-19599: block number ${number} is corrupt in backup piece "${path}"`,
  ]);

/** The blocks of a part, each checked. `addressOf` tells where a block says it belongs, if not to its place in the piece. */
export function* blocksOfPart(
  { path, entry, firstBlock }: PiecePart,
  addressOf: (block: Buffer, number: number) => number = (_, number) => blockAddress(0, number),
): Generator<Buffer> {
  let number = firstBlock;
  for (const block of readBlocks(path, firstBlock, entry.blocks)) {
    const isWhole = block.length === blockSize;
    if (!isWhole || findBlockFault(block, addressOf(block, number)) !== undefined)
      throw corrupt(path, number);
    yield block;
    number++;
  }
}

/** The text that a part's blocks hold. */
export const textOfPart = (part: PiecePart & { entry: { readonly bytes: number } }): string => {
  const bytes = [...blocksOfPart(part)].map((block) => block.subarray(contentOffset, tailOffset));
  return Buffer.concat(bytes).subarray(0, part.entry.bytes).toString('utf8');
};

/** Opens a backup piece; undefined where the file is none, or is damaged in its first blocks. */
export const openPiece = (path: string): OpenedPiece | undefined => {
  const [first] = readBlocks(path, 0, 1);
  if (first === undefined || first[0] !== blockTypes.pieceHeader) return undefined;
  if (findBlockFault(first, blockAddress(0, 0)) !== undefined) return undefined;
  const { dbid, name, directoryBytes } = readPieceHeader(first);
  const directoryBlocks = blocksOfText(directoryBytes);
  const directory = [...readBlocks(path, 1, directoryBlocks)];
  const isSound = directory.every(
    (block, index) => findBlockFault(block, blockAddress(0, index + 1)) === undefined,
  );
  if (!isSound) return undefined;
  const text = Buffer.concat(directory.map((block) => block.subarray(contentOffset, tailOffset)));
  let firstBlock = 1 + directoryBlocks;
  const parts = decodeDirectory(text.subarray(0, directoryBytes).toString('utf8')).map((entry) => {
    const part = { path, entry, firstBlock };
    firstBlock += entry.blocks;
    return part;
  });
  return { dbid, name, parts };
};

/** The header of a datafile or a copy of one; undefined where the file is none. */
export const readDatafileHeader = (path: string): ReturnType<typeof readFileHeader> | undefined => {
  const [block] = readBlocks(path, 1, 1);
  if (block?.length !== blockSize || block[0] !== blockTypes.fileHeader) return undefined;
  const header = readFileHeader(block);
  const isSound = findBlockFault(block, blockAddress(header.file, 1)) === undefined;
  return isSound ? header : undefined;
};
