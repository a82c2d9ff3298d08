import { copyBytes } from '../../../shared/domain/vault/copy-bytes.ts';
import { frameBlockBytes, hashBytes } from '../../../shared/domain/vault/digest.ts';
import type { OpenedFrame } from '../../../shared/domain/vault/pack.ts';
import { alignBytes, directPart, readOnlyDirect, writeAll, writeDirect } from './direct-io.ts';
import type { FrameWrite, Placement, ProvenStretch, WorkerAnswer } from './worker-tasks.ts';

/** How what goes past the page cache is written and read back; another in tests of disks that fail. */
export interface Disk {
  readonly write: typeof writeDirect;
  readonly readBack: typeof readOnlyDirect;
}

export const realDisk: Disk = { write: writeDirect, readBack: readOnlyDirect };

/** Both begin at a page: what is written, and what is read back. */
export interface PlacingMemory {
  readonly slot: Buffer;
  readonly mirror: Buffer;
}

/**
 * Writes a verified frame to its places. What goes past the page cache is read back at once, into other memory, and compared
 * with what was verified: the hashes of the blocks are then those of what the disk has, and go to the table of digests.
 */
export function placeFrame(
  { raw, blocks }: OpenedFrame,
  placement: Placement,
  memory: PlacingMemory,
  disk: Disk,
): WorkerAnswer {
  const proven: ProvenStretch[] = [];
  for (const write of placement.writes) {
    const { frameOffset, length, fileOffset } = write;
    if (frameOffset + length > raw.length)
      return { outcome: 'damaged', message: `${placement.name}: is shorter than its block map says` };
    const bytes = raw.subarray(frameOffset, frameOffset + length);
    const part = placement.direct === undefined ? undefined : directPart(fileOffset, length);
    if (!part) {
      writeAll(placement.fd, bytes, fileOffset);
      continue;
    }
    const [from, to] = [part.from - fileOffset, part.to - fileOffset];
    writeAll(placement.fd, bytes.subarray(0, from), fileOffset);
    writeAll(placement.fd, bytes.subarray(to), part.to);
    const middle = bytes.subarray(from, to);
    const isDirect = disk.write(placement, atPage(middle, memory), part.from);
    const digests = isDirect && blocks && digestsOf(write, part, blocks);
    if (digests && isOnDisk(middle, part.from, placement, memory, disk) && keep(digests, write, placement))
      proven.push({ fileOffset, length: (digests.length / hashBytes) * frameBlockBytes });
  }
  return { outcome: 'placed', proven };
}

/** The same bytes in memory that begins at a page. */
function atPage(bytes: Buffer, { slot, mirror }: PlacingMemory): Buffer {
  const isInSlot = bytes.buffer === slot.buffer;
  if (isInSlot && bytes.byteOffset % alignBytes === 0) return bytes;
  const memory = isInSlot ? mirror : slot;
  copyBytes(memory, 0, bytes);
  return memory.subarray(0, bytes.length);
}

/** The digests of the leaves that were written whole, of a write whose leaves are blocks of its frame. */
function digestsOf(
  { frameOffset, fileOffset, digestsAt }: FrameWrite,
  part: { readonly from: number; readonly to: number },
  blocks: Buffer,
): Buffer | undefined {
  if (digestsAt === undefined || part.from !== fileOffset) return undefined;
  const leaves = Math.floor((part.to - part.from) / frameBlockBytes);
  const first = frameOffset / frameBlockBytes;
  return blocks.subarray(first * hashBytes, (first + leaves) * hashBytes);
}

function isOnDisk(
  bytes: Buffer,
  offset: number,
  { direct }: Placement,
  { mirror }: PlacingMemory,
  disk: Disk,
): boolean {
  const found = mirror.subarray(0, bytes.length);
  return direct !== undefined && disk.readBack(direct, found, offset) && found.equals(bytes);
}

/** Where there is no room for the table, the file is read back when it is complete. */
function keep(digests: Buffer, { digestsAt }: FrameWrite, { table }: Placement): boolean {
  if (table === undefined || digestsAt === undefined) return false;
  try {
    writeAll(table, digests, digestsAt);
    return true;
  } catch {
    return false;
  }
}
