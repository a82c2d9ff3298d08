import { createHash, createHmac, createSecretKey, type Hash, hash } from 'node:crypto';

/** Files are cut into segments of this size; each has its own digest and block map. */
export const segmentBytes = 256 * 2 ** 20;
/** Oracle's usual block size, so that a leaf is a block. */
export const defaultLeafBytes = 8192;
export const hashBytes = 32;

/** Oracle's block sizes: 2 to 32 KiB. */
export const isLeafSize = (bytes: number): boolean => [2048, 4096, 8192, 16_384, 32_768].includes(bytes);

export const segmentCount = (fileBytes: number): number => Math.ceil(fileBytes / segmentBytes);
/** Bytes of the file that its segment `index` covers. */
export const segmentLength = (fileBytes: number, index: number): number =>
  Math.min(segmentBytes, fileBytes - index * segmentBytes);

const zeros = Buffer.alloc(32_768);

/** Whether a leaf of zeros stands there; almost all that is none shows it in its first bytes, for it has a block's header. */
export const isZeroLeaf = (bytes: Buffer, at: number, length: number): boolean =>
  bytes[at] === 0 &&
  (length === 1 || bytes[at + 1] === 0) &&
  bytes.subarray(at, at + length).equals(zeros.subarray(0, length));

/** What identifies content: its SHA-256, or under encryption an HMAC that nobody without the key can guess content by. */
export type ContentHash = (content: Uint8Array) => Buffer;

export const plainHash: ContentHash = (content) => hash('sha256', content, 'buffer');

export function keyedHash(key: Uint8Array): ContentHash {
  const secret = createSecretKey(key);
  return (content) => createHmac('sha256', secret).update(content).digest();
}

/** Digests of all-zero leaves by length: sparse files are made of them. */
const zeroLeaves = new WeakMap<ContentHash, Map<number, Buffer>>();

function hashOfZeros(length: number, hashContent: ContentHash): Buffer {
  const knownOfHash = zeroLeaves.get(hashContent) ?? new Map<number, Buffer>();
  const digest = knownOfHash.get(length) ?? hashContent(zeros.subarray(0, length));
  zeroLeaves.set(hashContent, knownOfHash.set(length, digest));
  return digest;
}

/** The leaves' digests of a piece of a segment, one after the other. Pieces begin at a multiple of `leafBytes`. */
export function hashLeaves(piece: Buffer, leafBytes: number, hashContent = plainHash): Buffer {
  const digests = Buffer.alloc(Math.ceil(piece.length / leafBytes) * hashBytes);
  for (let at = 0, to = 0; at < piece.length; at += leafBytes, to += hashBytes) {
    const length = Math.min(leafBytes, piece.length - at);
    if (isZeroLeaf(piece, at, length)) hashOfZeros(length, hashContent).copy(digests, to);
    // As a string: 130,000 buffers for every GiB would keep the collector of garbage busy.
    else if (hashContent === plainHash)
      digests.write(hash('sha256', piece.subarray(at, at + length), 'binary'), to, 'latin1');
    else hashContent(piece.subarray(at, at + length)).copy(digests, to);
  }
  return digests;
}

/** The hashes that content is identified by: plain ones, or those of an encrypted mount. */
export interface FrameHashes {
  readonly leaf: ContentHash;
  readonly frame: ContentHash;
}

export const plainFrameHashes: FrameHashes = { leaf: plainHash, frame: plainHash };

/** Frames are hashed by blocks of this size, so that what was computed for a file's leaves need not be computed again. */
export const frameBlockBytes = 8192;

const frameText = Buffer.from('holdfast frame 2\n');

/** The hash of a frame, over the hashes of its blocks; `blocks` are these, if they are known. */
export const frameHash = (
  raw: Buffer,
  hashes: FrameHashes,
  blocks = hashLeaves(raw, frameBlockBytes, hashes.leaf),
): Buffer => hashes.frame(Buffer.concat([frameText, blocks]));

/** Takes the leaves' digests of a segment in order (`update`); its `digest` is the segment's. */
export const startSegmentDigest = (): Hash => createHash('sha256').update('holdfast segment 1\n');

/** The file's digest (hex) over size, leaf size and its segments' digests in order: the tree's shape is part of it. */
export function fileDigest(
  fileBytes: number,
  leafBytes: number,
  segmentDigests: readonly Uint8Array[],
): string {
  const shape = Buffer.alloc(12);
  shape.writeBigUInt64BE(BigInt(fileBytes), 0);
  shape.writeUInt32BE(leafBytes, 8);
  const top = createHash('sha256').update('holdfast file 1\n').update(shape);
  for (const digest of segmentDigests) top.update(digest);
  return top.digest('hex');
}

/** SHA-256 of stored bytes, as keys and tables write it. */
export const sha256Hex = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
