import { closeSync, constants, openSync, readSync } from 'node:fs';
import { alignBytes, pageAligned } from './direct-io.ts';

/** Memory that threads share. It begins at a page, and may be a part of more. */
export type Slot = Uint8Array<SharedArrayBuffer>;

const hugePageBytes = 2 * 2 ** 20;
/** Before what it gives out from the system itself, the C library of Linux keeps 16 bytes of its own. */
const mallocHeaderBytes = 16;

/**
 * `least` slots of at least `bytes` each, and as many more as there is room for in the huge pages that these need anyway.
 * Of huge pages the disk writes and reads a mebibyte in one or two pieces instead of 256, in half the time. The C library
 * asks for them, where it is told to, for what it is asked for in one piece; elsewhere the slots are of common pages.
 */
export function makeSlots(least: number, bytes: number): Slot[] {
  const stride = Math.ceil(bytes / alignBytes) * alignBytes;
  const wanted = Math.ceil((alignBytes + least * stride) / hugePageBytes) * hugePageBytes;
  const count = Math.floor((wanted - alignBytes) / stride);
  // One page less, which the header takes: the system begins what is whole huge pages at one.
  const memory = new SharedArrayBuffer(wanted - alignBytes);
  const first = alignBytes - mallocHeaderBytes;
  const slotsIn = (buffer: SharedArrayBuffer, from: number) =>
    Array.from({ length: count }, (_, at) => new Uint8Array(buffer, from + at * stride, bytes));
  const slots = slotsIn(memory, first);
  return slots[0] && beginsAtPage(slots[0]) ? slots : slotsIn(pageAligned(count * stride), 0);
}

/** Node tells no addresses; the system refuses to read past the page cache into what is askew. */
function beginsAtPage(slot: Slot): boolean {
  if (constants.O_DIRECT === undefined) return false;
  try {
    const fd = openSync(process.execPath, constants.O_RDONLY | constants.O_DIRECT);
    try {
      return readSync(fd, slot, 0, alignBytes, 0) > 0;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

/** Messages between threads make common bytes of a Buffer. */
export const bufferOf = (slot: Slot): Buffer => Buffer.from(slot.buffer, slot.byteOffset, slot.length);
