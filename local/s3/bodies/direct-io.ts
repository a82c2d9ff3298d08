import { closeSync, constants, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Offset, length and address of what goes past the page cache are multiples of this: the largest sector of disks. */
const ALIGN_BYTES = 4096;

/**
 * To copy a body into fresh pages of the cache takes more time than all else that is done with it, and to write them back
 * keeps its client waiting. Absent where the system knows no such thing.
 */
export const DIRECT: number = constants.O_DIRECT ?? 0;

/** Memory that begins at a page. Node aligns to 16 bytes only; what could grow V8 takes from the system itself. */
export const pageAligned = (sizeBytes: number): SharedArrayBuffer =>
  new SharedArrayBuffer(sizeBytes, { maxByteLength: sizeBytes });

export const alignDown = (bytes: number): number => bytes - (bytes % ALIGN_BYTES);

export const alignUp = (bytes: number): number => alignDown(bytes + ALIGN_BYTES - 1);

/** Tries it: file systems differ in whether they refuse to open such a file, or to use it. */
export function allowsDirectIo(folder: string): boolean {
  const path = join(folder, 'direct-io');
  try {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | DIRECT);
    try {
      const block = new Uint8Array(pageAligned(ALIGN_BYTES));
      return writeSync(fd, block) === ALIGN_BYTES && readSync(fd, block, 0, ALIGN_BYTES, 0) === ALIGN_BYTES;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  } finally {
    rmSync(path, { force: true });
  }
}
