/** The database's block size. Image copies and, in this stand-in, backup pieces too are made of such blocks. */
export const blockSize = 8192;

export const blocksPerMib = 1_048_576 / blockSize;

/** Block types by their first byte, as Oracle numbers them. */
export const blockTypes = {
  fileStart: 0x00,
  undo: 0x02,
  rows: 0x06,
  fileHeader: 0x0b,
  pieceHeader: 0x13,
  pieceDirectory: 0x14,
  controlFile: 0x15,
  redo: 0x22,
  largeObject: 0x28,
} as const;

/** Where a block's own content begins: the cache header takes the first 20 bytes. */
export const contentOffset = 20;
/** Where it ends: the last 4 bytes repeat parts of the header and so show a torn write. */
export const tailOffset = blockSize - 4;

const checkValueOffset = 16;
const format = 0xa2;
const checkValueIsSet = 0x04;
const neverUsed = 0x01;

export interface BlockHeader {
  readonly type: number;
  /** Relative file number and block number, see {@link blockAddress}. */
  readonly address: number;
  /** System change number of the last change; 0 for a block that was never used. */
  readonly scn: number;
}

/** Oracle's relative data block address: 10 bits of file number, 22 bits of block number. */
export const blockAddress = (fileNumber: number, blockNumber: number): number =>
  ((fileNumber << 22) | blockNumber) >>> 0;

/** Writes header, tail and check value round a block's content. Must come last: the check covers the content. */
export const sealBlock = (block: Buffer, { type, address, scn }: BlockHeader): void => {
  const scnBase = scn % 0x1_0000_0000;
  const sequence = 1;
  block[0] = type;
  block[1] = format;
  block.writeUInt16LE(0, 2);
  block.writeUInt32LE(address, 4);
  block.writeUInt32LE(scnBase, 8);
  block.writeUInt16LE(Math.floor(scn / 0x1_0000_0000), 12);
  block[14] = sequence;
  block[15] = scn === 0 ? checkValueIsSet | neverUsed : checkValueIsSet;
  block.writeUInt32LE(0, checkValueOffset);
  block.writeUInt32LE((((scnBase & 0xffff) << 16) | (type << 8) | sequence) >>> 0, tailOffset);
  block.writeUInt16LE(xorOfWords(block), checkValueOffset);
};

/** What is wrong with a block that should stand at this address; undefined when it is sound. */
export const findBlockFault = (block: Buffer, address: number): string | undefined => {
  if (block.length !== blockSize) return `has ${block.length} bytes, not ${blockSize}`;
  if (block[1] !== format) return `has format byte ${block[1]}, not ${format}`;
  if (block.readUInt32LE(4) !== address) return `says it is at ${block.readUInt32LE(4)}, not ${address}`;
  const tail = (block.readUInt16LE(8) << 16) | (block.readUInt8(0) << 8) | block.readUInt8(14);
  if (block.readUInt32LE(tailOffset) !== tail >>> 0) return 'has a tail that does not match its header';
  if (xorOfWords(block) !== 0) return 'has a wrong check value';
  return undefined;
};

/** Oracle chooses the check value so that all 16-bit words of a block together give zero under XOR. */
const xorOfWords = (block: Buffer): number => {
  const words = new Uint32Array(block.buffer, block.byteOffset, block.length / 4);
  let xor = 0;
  for (const word of words) xor ^= word;
  return ((xor >>> 16) ^ xor) & 0xffff;
};
