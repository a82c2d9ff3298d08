import { hashItem } from '../../../shared/domain/vault/container-reader.ts';
import { type FrameHashes, hashBytes } from '../../../shared/domain/vault/digest.ts';
import type { Frame } from '../../../shared/domain/vault/pack.ts';
import { type ObjectRef, refKey } from '../../../shared/domain/vault/pack-ref.ts';
import { type Segment, segmentFileBytes } from '../../../shared/domain/vault/segment.ts';
import type { FrameTables } from './frame-tables.ts';
import { unknownByte } from './kept-segment.ts';

/** A segment of a file as it is on the disk now. */
export interface DiskSegment {
  readonly sizeBytes: number;
  /** The digests of its leaves. */
  readonly leaves: Buffer;
  /** Bytes of it, in memory of the caller's. */
  readonly read: (at: number, length: number) => Promise<Buffer>;
}

interface Part {
  /** In the segment. */
  readonly at: number;
  readonly length: number;
  /** In the frame. */
  readonly offset: number;
}

/**
 * What can be said of a parent's leaves whose digests were lost and whose segment has changed since: where a whole frame
 * is found unchanged on the disk, its leaves are those of the disk; the others stay unknown, and are stored again.
 */
export async function leavesByFrames(
  segment: Segment,
  disk: DiskSegment,
  tables: FrameTables,
): Promise<Buffer> {
  const { leafBytes } = segment;
  const total = segmentFileBytes(segment);
  const leaves = Buffer.alloc(Math.ceil(total / leafBytes) * hashBytes, unknownByte);
  const zeroLeaf = tables.hashes.leaf(Buffer.alloc(leafBytes));
  const { zeros, frames } = partsOf(segment);
  const known: { at: number; length: number; isZeros: boolean }[] = zeros.map((part) => ({
    ...part,
    isZeros: true,
  }));
  for (const { pack, frame, parts } of frames) {
    const entry = await tables.find(pack, frame);
    if (entry && (await isOnDisk(entry, parts, disk, tables.hashes)))
      known.push(...parts.map(({ at, length }) => ({ at, length, isZeros: false })));
  }
  for (const { at, length, isZeros } of joined(known)) {
    const end = at + length;
    for (let leaf = Math.ceil(at / leafBytes); leaf * leafBytes < end; leaf++) {
      const leafEnd = Math.min((leaf + 1) * leafBytes, total);
      const isWhole = leafEnd - leaf * leafBytes === leafBytes;
      if (leafEnd > end || (isZeros && !isWhole)) continue;
      // The last leaf of one that has grown since is another leaf.
      if (!isZeros && leafEnd !== Math.min((leaf + 1) * leafBytes, disk.sizeBytes)) continue;
      const from = leaf * hashBytes;
      leaves.set(isZeros ? zeroLeaf : disk.leaves.subarray(from, from + hashBytes), from);
    }
  }
  return leaves;
}

function partsOf({ extents }: Segment) {
  const zeros: { at: number; length: number }[] = [];
  const frames = new Map<string, { pack: ObjectRef; frame: number; parts: Part[] }>();
  let at = 0;
  for (const { length, place } of extents) {
    if (place) {
      const key = `${refKey(place.pack)} ${place.frame}`;
      const known = frames.get(key) ?? { pack: place.pack, frame: place.frame, parts: [] };
      known.parts.push({ at, length, offset: place.offset });
      frames.set(key, known);
    } else zeros.push({ at, length });
    at += length;
  }
  return { zeros, frames: frames.values() };
}

/** Only a frame all of whose bytes this segment names, each once, can be hashed from the disk. */
async function isOnDisk(
  entry: Frame,
  parts: readonly Part[],
  disk: DiskSegment,
  hashes: FrameHashes,
): Promise<boolean> {
  const inFrame = parts.toSorted((one, other) => one.offset - other.offset);
  let next = 0;
  for (const { at, length, offset } of inFrame) {
    if (offset !== next || at + length > disk.sizeBytes) return false;
    next += length;
  }
  if (next !== entry.rawBytes) return false;
  // A frame has at most 1 MiB.
  const pieces: Buffer[] = [];
  for (const { at, length } of inFrame) pieces.push(await disk.read(at, length));
  return hashItem(entry.hashing, Buffer.concat(pieces), hashes) === entry.sha256;
}

/** Neighbours of one kind made one, so that a leaf may lie in two frames. */
function joined(known: { at: number; length: number; isZeros: boolean }[]) {
  const result: { at: number; length: number; isZeros: boolean }[] = [];
  for (const stretch of known.toSorted((one, other) => one.at - other.at)) {
    const last = result.at(-1);
    if (last && last.at + last.length === stretch.at && last.isZeros === stretch.isZeros)
      last.length += stretch.length;
    else result.push({ ...stretch });
  }
  return result;
}
