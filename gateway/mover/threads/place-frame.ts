import { copyBytes } from '../../../shared/domain/vault/copy-bytes.ts';
import {
  type ContentHash,
  frameBlockBytes,
  hashBytes,
  hashLeaves,
} from '../../../shared/domain/vault/digest.ts';
import type { OpenedFrame } from '../../../shared/domain/vault/pack.ts';
import {
  alignBytes,
  directPart,
  leastDirectBytes,
  readOnlyDirect,
  writeAll,
  writeDirect,
} from './direct-io.ts';
import type { FrameWrite, Placement, ProvenStretch, WorkerAnswer } from './worker-tasks.ts';

/** How what goes past the page cache is written and read back; another in tests of disks that fail. */
export interface Disk {
  readonly write: typeof writeDirect;
  readonly readBack: typeof readOnlyDirect;
}

export const realDisk: Disk = { write: writeDirect, readBack: readOnlyDirect };

/** What a thread places frames with. Both memories begin at a page: for what is written, and for what is read back. */
export interface PlacingMemory {
  readonly slot: Buffer;
  readonly mirror: Buffer;
  readonly leafHash: ContentHash;
}

/**
 * Writes a verified frame to its places. What then stands without a gap is read back at once, past the page cache and into
 * other memory: what was written is compared with what was verified, so that the hashes of its blocks are those of what the
 * disk has, and what stood in between is hashed. These digests go to the table.
 */
export function placeFrame(
  opened: OpenedFrame,
  placement: Placement,
  memory: PlacingMemory,
  disk: Disk,
): WorkerAnswer {
  const { raw } = opened;
  for (const { frameOffset, length, fileOffset } of placement.writes) {
    if (frameOffset === undefined) continue;
    if (frameOffset + length > raw.length)
      return { outcome: 'damaged', message: `${placement.name}: is shorter than its block map says` };
    write(raw.subarray(frameOffset, frameOffset + length), fileOffset, placement, memory, disk);
  }
  const proven: ProvenStretch[] = [];
  for (const stretch of stretchesOf(placement, memory.mirror.length)) {
    const { fileOffset, digestsAt } = stretch[0];
    const digests = digestsOnDisk(stretch, opened, placement, memory, disk);
    if (digests && keep(digests, digestsAt, placement)) proven.push({ fileOffset, length: bytesOf(stretch) });
  }
  return { outcome: 'placed', proven };
}

function write(bytes: Buffer, fileOffset: number, file: Placement, memory: PlacingMemory, disk: Disk): void {
  const part = file.direct === undefined ? undefined : directPart(fileOffset, bytes.length);
  if (!part) {
    writeAll(file.fd, bytes, fileOffset);
    return;
  }
  const [from, to] = [part.from - fileOffset, part.to - fileOffset];
  writeAll(file.fd, bytes.subarray(0, from), fileOffset);
  writeAll(file.fd, bytes.subarray(to), part.to);
  disk.write(file, atPage(bytes.subarray(from, to), memory), part.from);
}

/** The same bytes in memory that begins at a page. */
function atPage(bytes: Buffer, { slot, mirror }: PlacingMemory): Buffer {
  const isInSlot = bytes.buffer === slot.buffer;
  if (isInSlot && bytes.byteOffset % alignBytes === 0) return bytes;
  const memory = isInSlot ? mirror : slot;
  copyBytes(memory, 0, bytes);
  return memory.subarray(0, bytes.length);
}

/** Whole leaves that have a place in the table. */
type Provable = FrameWrite & { readonly digestsAt: number };
type Stretch = [Provable, ...Provable[]];

/** Neighbours in the file and in the table, as many as are worth reading past the cache and have room in `mostBytes`. */
function* stretchesOf({ writes }: Placement, mostBytes: number): Generator<Stretch> {
  let stretch: Stretch | undefined;
  const isLongEnough = () => stretch !== undefined && bytesOf(stretch) >= leastDirectBytes;
  for (const { digestsAt, ...write } of writes) {
    const length = Math.floor(write.length / frameBlockBytes) * frameBlockBytes;
    const part = digestsAt === undefined || length === 0 ? undefined : { ...write, length, digestsAt };
    const last = stretch?.at(-1);
    if (stretch && part && last && follows(part, last) && bytesOf(stretch) + length <= mostBytes) {
      stretch.push(part);
      continue;
    }
    if (stretch && isLongEnough()) yield stretch;
    stretch = part && [part];
  }
  if (stretch && isLongEnough()) yield stretch;
}

const bytesOf = (stretch: Stretch): number => stretch.reduce((sum, { length }) => sum + length, 0);

const follows = (part: Provable, last: Provable): boolean =>
  part.fileOffset === last.fileOffset + last.length &&
  part.digestsAt === last.digestsAt + (last.length / frameBlockBytes) * hashBytes;

/** The digests of a stretch as it is on the disk; undefined when that has other bytes than were written, or cannot be read. */
function digestsOnDisk(
  stretch: Stretch,
  { raw, blocks }: OpenedFrame,
  { direct }: Placement,
  { mirror, leafHash }: PlacingMemory,
  disk: Disk,
): Buffer | undefined {
  const start = stretch[0].fileOffset;
  const found = mirror.subarray(0, bytesOf(stretch));
  if (direct === undefined || !blocks || !disk.readBack(direct, found, start)) return undefined;
  const digests = Buffer.allocUnsafe((found.length / frameBlockBytes) * hashBytes);
  for (const { frameOffset, fileOffset, length } of stretch) {
    const at = fileOffset - start;
    const part = found.subarray(at, at + length);
    const place = (at / frameBlockBytes) * hashBytes;
    if (frameOffset === undefined) {
      hashLeaves(part, frameBlockBytes, leafHash).copy(digests, place);
      continue;
    }
    if (!part.equals(raw.subarray(frameOffset, frameOffset + length))) return undefined;
    const first = frameOffset / frameBlockBytes;
    blocks.copy(digests, place, first * hashBytes, (first + length / frameBlockBytes) * hashBytes);
  }
  return digests;
}

/** Where there is no room for the table, the file is read back when it is complete. */
function keep(digests: Buffer, digestsAt: number, { table }: Placement): boolean {
  if (table === undefined) return false;
  try {
    writeAll(table, digests, digestsAt);
    return true;
  } catch {
    return false;
  }
}
