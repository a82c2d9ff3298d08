import { blockSize, blockTypes, contentOffset, tailOffset } from './block.ts';
import { hash32, Random } from './random.ts';

/** What fills an extent of a datafile. */
export type ContentKind = 'rows' | 'undo' | 'largeObject' | 'neverUsed';

export const typeOfContent: Readonly<Record<ContentKind, number>> = {
  rows: blockTypes.rows,
  undo: blockTypes.undo,
  largeObject: blockTypes.largeObject,
  neverUsed: 0,
};

const makeWords = (count: number): Buffer[] => {
  const random = new Random(20_260_409);
  const consonants = 'bdfgklmnprstvz';
  const vowels = 'aeiou';
  return Array.from({ length: count }, () => {
    const syllables = Array.from(
      { length: 2 + random.below(4) },
      () => consonants.charAt(random.below(consonants.length)) + vowels.charAt(random.below(vowels.length)),
    );
    return Buffer.from(syllables.join(''));
  });
};

const words = makeWords(2048);
const rowDirectoryOffset = 110;
const largestRow = 128;
// Ten percent stay free for rows that grow: Oracle's default.
const freeReserve = Math.floor(blockSize / 10);
const row = Buffer.alloc(largestRow);

/** A row in Oracle's manner: flags, column count, then each column with its length before it. */
const makeRow = (random: Random, id: number): number => {
  row[0] = 0x2c;
  row[1] = 0;
  row[2] = 5;
  row[3] = 4;
  row.writeUInt32BE(id, 4);
  row[8] = 7;
  row[9] = 120;
  row[10] = 126;
  for (let at = 11; at < 16; at++) row[at] = 1 + random.below(24);
  let end = 16;
  for (let column = 0; column < 3; column++) {
    const lengthAt = end++;
    for (let word = 0; word <= column; word++) end += words[random.below(words.length)]?.copy(row, end) ?? 0;
    row[lengthAt] = end - lengthAt - 1;
  }
  return end;
};

/** Rows grow from the end of the block towards the row directory at its beginning. */
const fillWithRows = (block: Buffer, random: Random, firstId: number): void => {
  let free = tailOffset;
  let rows = 0;
  for (;;) {
    const length = makeRow(random, firstId + rows);
    const directoryEnd = rowDirectoryOffset + 2 * rows + 2;
    if (free - length < directoryEnd + freeReserve) break;
    free -= length;
    row.copy(block, free, 0, length);
    block.writeUInt16LE(free, directoryEnd - 2);
    rows += 1;
  }
  block.writeUInt16LE(rows, 94);
  block.writeUInt16LE(free, 100);
};

/** Fills bytes that no compression makes smaller. */
export const fillWithNoise = (block: Buffer, random: Random, from: number, to: number): void => {
  for (let at = from; at + 4 <= to; at += 4) block.writeUInt32LE(random.next(), at);
};

/** A day's work on a block: a few values in its rows are overwritten. */
const changeValues = (block: Buffer, random: Random): void => {
  for (let changes = 1 + random.below(8); changes > 0; changes--) {
    const at = blockSize / 2 + random.below(blockSize / 2 - 64);
    words[random.below(words.length)]?.copy(block, at);
  }
};

/** Fills a zeroed block with the content that it has since the day `version` (1: since it was created). */
export const fillContent = (
  block: Buffer,
  kind: ContentKind,
  { seed, file, number, version }: { seed: number; file: number; number: number; version: number },
): void => {
  const random = new Random(hash32(seed, file, number));
  if (kind === 'neverUsed') return;
  if (kind === 'largeObject')
    fillWithNoise(block, new Random(hash32(seed, file, number, version)), 64, tailOffset);
  else fillWithRows(block, random, number * 64);
  if (kind === 'undo') fillWithNoise(block, random, contentOffset + 64, blockSize / 4);
  if (version > 1) changeValues(block, new Random(hash32(seed, file, number, version, 1)));
};
