import { hashBytes } from '../../../shared/domain/vault/digest.ts';
import { frameBytes } from '../../../shared/domain/vault/pack.ts';

/** What is kept of a segment of a file, so that it can be told what of it has changed. */
export interface KeptSegment {
  /** The segment's digest, over those of its leaves. */
  readonly digest: Buffer;
  /** The digests of its leaves, in order. */
  readonly leaves: Buffer;
  /** The tags of its strips, in order (see strip-tags.ts); none where they are not known. */
  readonly strips: Buffer;
}

/** What the parent has in the place of a window: digests of leaves and tags of strips, as far as it reached. */
export type KnownWindow = Readonly<Record<'leafDigests' | 'stripTags', Uint8Array>>;

/** The digest of leaves, and tag of strips, that are not known: content that has it would have to be found first. */
export const unknownByte = 0xff;

/** A file of one frame is compared as a whole: thousands of small files shall not have as many files of digests. */
export const isSegmentKept = (fileBytes: number): boolean => fileBytes > frameBytes;

const countBytes = 4;
const leavesAt = hashBytes + countBytes;

/** In parts: the digest, the length of the leaves' digests (u32), these, and the tags. */
export function encodeKept({ digest, leaves, strips }: KeptSegment): Buffer[] {
  const length = Buffer.alloc(countBytes);
  length.writeUInt32BE(leaves.length);
  return [digest, length, leaves, strips];
}

/** What encodeKept made; leaves and strips stay in the given memory. */
export function decodeKept(bytes: Buffer): KeptSegment {
  const stripsAt = leavesAt + bytes.readUInt32BE(hashBytes);
  return {
    digest: Buffer.from(bytes.subarray(0, hashBytes)),
    leaves: bytes.subarray(leavesAt, stripsAt),
    strips: bytes.subarray(stripsAt),
  };
}
