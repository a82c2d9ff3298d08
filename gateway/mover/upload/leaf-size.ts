import { defaultLeafBytes, isLeafSize } from '../../../shared/domain/vault/digest.ts';

/** As much of a file as `leafSizeOf` looks at. */
export const leafSizeHeaderBytes = 32;
/** Stands behind block size and number of blocks in the first block of a datafile, turned round on big-endian hosts. */
const magic = 0x7a7b7c7d;
const magicAt = 28;
const blockSizeAt = 20;

/** The block size that the header of an Oracle file names; 8 KiB, the usual one, for all other files. */
export function leafSizeOf(header: Buffer): number {
  if (header.length < leafSizeHeaderBytes) return defaultLeafBytes;
  const isLittleEndian = header.readUInt32LE(magicAt) === magic;
  if (!isLittleEndian && header.readUInt32BE(magicAt) !== magic) return defaultLeafBytes;
  const found = isLittleEndian ? header.readUInt32LE(blockSizeAt) : header.readUInt32BE(blockSizeAt);
  return isLeafSize(found) ? found : defaultLeafBytes;
}
