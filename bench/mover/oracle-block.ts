import { Random } from './random.ts';

export const blockBytes = 8192;
/** Blocks of 1 MiB belong together, as the extents of a segment do. */
const extentBlocks = 128;
const headerBytes = 100;
const tailBytes = 8;

/** Which block of which state: content is a function of these alone. */
export interface BlockName {
  readonly seed: number;
  readonly file: number;
  readonly block: number;
  /** The day of its last change; 1 for never. */
  readonly day: number;
  /** A dense insert fills a block anew, an update changes a few bytes of it. */
  readonly change?: 'insert' | 'update';
}

const words = Array.from({ length: 4000 }, (_, index) => {
  const random = new Random(7, index);
  return Array.from({ length: random.between(4, 10) }, () =>
    'ABCDEFGHIKLMNOPRSTUVW'.charAt(random.below(21)),
  ).join('');
});

/** Writes one block as Oracle lays blocks out: header, rows from the front, free space, a tail that repeats the SCN. */
export function fillBlock(target: Buffer, name: BlockName): void {
  target.fill(0);
  if (name.block === 0) {
    fillFileHeader(target);
    return;
  }
  const { seed, file, block, day } = name;
  const kind = new Random(seed, file, Math.floor(block / extentBlocks / 4)).below(100);
  const isNew = day === 1 || name.change === 'insert';
  const random = new Random(seed, file, block, isNew ? day : 1);
  // Formatted and never used: one in eight extents until something is inserted.
  if (kind >= 87 && day === 1) {
    fillHeader(target, name, 0);
    return;
  }
  if (kind >= 72 && kind < 87) fillLob(target, random);
  else fillRows(target, random, (headerBytes + blockBytes * random.between(45, 95)) / 100);
  if (!isNew) update(target, new Random(seed, file, block, day, 1));
  fillHeader(target, name, kind < 57 ? 6 : 2);
}

function fillFileHeader(target: Buffer): void {
  target.writeUInt16BE(0x00a2, 0);
  target.writeUInt32LE(blockBytes, 20);
  target.writeUInt32LE(0x7a7b7c7d, 28);
}

function fillLob(target: Buffer, random: Random): void {
  for (let at = headerBytes; at + 4 <= blockBytes - tailBytes; at += 4)
    target.writeUInt32LE(random.next(), at);
}

function fillRows(target: Buffer, random: Random, percent: number): void {
  const end = Math.min(blockBytes - 200, Math.floor((blockBytes * percent) / 100));
  for (let at = headerBytes, row = random.below(1e6); at < end; row++) {
    at = target.writeUInt32BE(row, target.writeUInt16BE(0x2c00, at));
    for (let column = 0; column < 5; column++) {
      const word = words[random.below(words.length)] ?? '';
      at = target.writeUInt8(word.length, at);
      at += target.write(word, at, 'latin1');
    }
    at = target.writeUInt32LE(random.next(), target.writeUInt32LE(random.next(), at));
  }
}

function update(target: Buffer, random: Random): void {
  for (let count = random.between(1, 4); count > 0; count--) {
    const at = random.between(headerBytes, blockBytes / 3);
    for (let byte = 0; byte < 12; byte++) target.writeUInt8(random.below(256), at + byte);
  }
}

function fillHeader(target: Buffer, { seed, file, block, day }: BlockName, type: number): void {
  const scn = 0x10000000 + day * 0x100000 + new Random(seed, file, block, day, 2).below(0x100000);
  target.writeUInt16BE((type << 8) | 0xa2, 0);
  target.writeUInt32LE(((file + 1) << 22) | block, 4);
  target.writeUInt32LE(scn, 8);
  target.writeUInt16LE(scn & 0xffff, blockBytes - 4);
  target.writeUInt16LE(type, blockBytes - 2);
  let sum = 0;
  for (let at = 0; at < blockBytes; at += 2) sum ^= target.readUInt16LE(at);
  target.writeUInt16LE(sum, 16);
}
