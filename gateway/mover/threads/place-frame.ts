import { copyBytes } from '../../../shared/domain/vault/copy-bytes.ts';
import {
  type ContentHash,
  frameBlockBytes,
  hashBytes,
  hashLeaves,
} from '../../../shared/domain/vault/digest.ts';
import type { OpenedFrame } from '../../../shared/domain/vault/pack.ts';
import { directPart, leastDirectBytes, readOnlyDirect, writeAll, writeDirect } from './direct-io.ts';
import type { FrameWrite, Placement, ProvenStretch, WorkerAnswer } from './worker-tasks.ts';

/** How what goes past the page cache is written and read back; another in tests of disks that fail. */
export interface Disk {
  readonly write: typeof writeDirect;
  readonly readBack: typeof readOnlyDirect;
}

export const realDisk: Disk = { write: writeDirect, readBack: readOnlyDirect };

/** Filled with bytes, memory that threads share takes a fourteenth of the time that it takes with a number. */
const zeros = Buffer.alloc(4096);

/** What a thread places a frame with. */
export interface PlacingMemory {
  /** Begins at a page, and nothing of the frame lies there: what is written goes through it, and is read back into it. */
  readonly pages: Buffer;
  readonly leafHash: ContentHash;
}

/**
 * Writes a verified frame to its places. What then stands without a gap is read back at once, past the page cache: it is
 * compared with what was verified, so that the hashes of its blocks are those of what the disk has, and what stood in
 * between is hashed. These digests go to the table.
 */
export async function placeFrame(
  opened: OpenedFrame,
  placement: Placement,
  memory: PlacingMemory,
  disk: Disk,
): Promise<WorkerAnswer> {
  const { raw } = opened;
  for (const { frameOffset, length, fileOffset } of placement.writes) {
    if (frameOffset === undefined) continue;
    if (frameOffset + length > raw.length)
      return { outcome: 'damaged', message: `${placement.name}: is shorter than its block map says` };
    await write(raw.subarray(frameOffset, frameOffset + length), fileOffset, placement, memory, disk);
  }
  const proven: ProvenStretch[] = [];
  for (const stretch of stretchesOf(placement, memory.pages.length)) {
    const { fileOffset, digestsAt } = stretch[0];
    const digests = await digestsOnDisk(stretch, opened, placement, memory, disk);
    if (digests && keep(digests, digestsAt, placement)) proven.push({ fileOffset, length: bytesOf(stretch) });
  }
  return { outcome: 'placed', proven };
}

async function write(
  bytes: Buffer,
  fileOffset: number,
  file: Placement,
  memory: PlacingMemory,
  disk: Disk,
): Promise<void> {
  const part = file.direct === undefined ? undefined : directPart(fileOffset, bytes.length);
  if (!part) {
    writeAll(file.fd, bytes, fileOffset);
    return;
  }
  const [from, to] = [part.from - fileOffset, part.to - fileOffset];
  writeAll(file.fd, bytes.subarray(0, from), fileOffset);
  writeAll(file.fd, bytes.subarray(to), part.to);
  copyBytes(memory.pages, 0, bytes.subarray(from, to));
  await disk.write(file, memory.pages.subarray(0, to - from), part.from);
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
async function digestsOnDisk(
  stretch: Stretch,
  { raw, blocks }: OpenedFrame,
  { direct }: Placement,
  { pages, leafHash }: PlacingMemory,
  disk: Disk,
): Promise<Buffer | undefined> {
  const start = stretch[0].fileOffset;
  const found = pages.subarray(0, bytesOf(stretch));
  if (direct === undefined || !blocks) return undefined;
  // What was written may still lie there, and must not be taken for what was read.
  found.fill(zeros);
  if (!(await disk.readBack(direct, found, start))) return undefined;
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
