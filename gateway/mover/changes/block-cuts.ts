import { createHash } from 'node:crypto';
import { hashBytes } from '../../../shared/domain/vault/digest.ts';
import { type ListedPiece, pieceDigestBytes } from '../baseline/content-list.ts';
import { mostPieceBytes } from './content-cuts.ts';

/** Oracle's format of a block, by its size (2, 4, 8, 16, 32 KiB); of those before 10g it is 2. */
const formats = new Set([0x02, 0x62, 0x82, 0xa2, 0xc2, 0xe2]);
const formatAt = 1;
/** Of the blocks of a window so many in a hundred; one in 43 has the format by chance. */
const leastPercent = 90;
/** As long as pieces are that are cut by bytes. */
const usualPieceBytes = 64 * 2 ** 10;

/**
 * Whether the window consists of Oracle's blocks, as datafiles, their copies and uncompressed backup pieces do. RMAN moves
 * blocks as a whole: then it is enough to cut between them, by the digests that they have anyway.
 */
export function consistsOfBlocks(window: Buffer, leafBytes: number): boolean {
  let blocks = 0;
  for (let at = 0; at < window.length; at += leafBytes) if (formats.has(window[at + formatAt] ?? 0)) blocks++;
  return blocks * 100 >= Math.ceil(window.length / leafBytes) * leastPercent;
}

/** Cuts the blocks of one segment of a file, window by window: behind every block whose digest says so. */
export class BlockCuts {
  readonly #mask: number;
  readonly #leafBytes: number;
  #piece = { at: 0, length: 0, digest: createHash('sha256') };

  /** `at`: of the next block in the segment; before it is another segment, or something else. */
  constructor(leafBytes: number, at: number) {
    this.#leafBytes = leafBytes;
    this.#mask = usualPieceBytes / leafBytes - 1;
    this.#begin(at);
  }

  /** The pieces that end in the window of this length, whose blocks have these digests. */
  add(length: number, leafDigests: Uint8Array): ListedPiece[] {
    const digests = Buffer.from(leafDigests.buffer, leafDigests.byteOffset, leafDigests.byteLength);
    const pieces: ListedPiece[] = [];
    for (let from = 0, left = length; left > 0; from += hashBytes, left -= this.#leafBytes) {
      const digest = digests.subarray(from, from + hashBytes);
      this.#piece.digest.update(digest);
      this.#piece.length += Math.min(left, this.#leafBytes);
      if ((digest.readUInt16BE(hashBytes - 2) & this.#mask) === 0) pieces.push(...this.#end());
    }
    return pieces;
  }

  /** What has no cut for long is not looked up. */
  #end(): ListedPiece[] {
    const { at, length, digest } = this.#piece;
    this.#begin(at + length);
    if (length > mostPieceBytes) return [];
    return [{ at, length, digest: digest.digest().subarray(0, pieceDigestBytes) }];
  }

  #begin(at: number): void {
    this.#piece = { at, length: 0, digest: createHash('sha256').update('holdfast blocks 1\n') };
  }
}
