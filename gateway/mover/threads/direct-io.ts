import { readSync, writeSync } from 'node:fs';
import { systemCode } from '../../file-errors.ts';

/** Offset, length and address of what goes past the page cache are multiples of this: the largest sector that disks have. */
const alignBytes = 4096;
/** Less than this is left to the page cache, which gathers small writes. */
export const leastDirectBytes = 64 * 2 ** 10;

/** A file, open once or twice. */
export interface Descriptors {
  readonly fd: number;
  /** Opened with O_DIRECT, where the file system knows that. */
  readonly direct?: number | undefined;
}

/** Memory that begins at a page. Node aligns to 16 bytes only; what could grow V8 takes from the system itself. */
export const pageAligned = (bytes: number): Buffer =>
  Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }), 0, bytes);

/**
 * Writes all of `bytes` at `offset`, past the page cache as far as that is possible: copying a restore into fresh pages of
 * the cache takes more time than all else, and throws out what other programs have there. `window` is page-aligned and
 * as large as `bytes`.
 */
export function writeAt({ fd, direct }: Descriptors, bytes: Buffer, offset: number, window: Buffer): void {
  const end = offset + bytes.length;
  const from = Math.ceil(offset / alignBytes) * alignBytes;
  const to = Math.floor(end / alignBytes) * alignBytes;
  if (direct === undefined || to - from < leastDirectBytes) {
    writeAll(fd, bytes, offset);
    return;
  }
  writeAll(fd, bytes.subarray(0, from - offset), offset);
  const middle = window.subarray(0, to - from);
  bytes.copy(middle, 0, from - offset);
  if (!isDone(() => writeAll(direct, middle, from))) writeAll(fd, middle, from);
  writeAll(fd, bytes.subarray(to - offset), to);
}

/** Reads `length` bytes into `window`, which is page-aligned, past the page cache if possible; undefined when the file ends before. */
export function readWindow(
  { fd, direct }: Descriptors,
  window: Buffer,
  { offset, length }: { readonly offset: number; readonly length: number },
): Buffer | undefined {
  // The last block of a file is read beyond its end.
  const whole = Math.ceil(length / alignBytes) * alignBytes;
  let filled = 0;
  if (direct !== undefined && offset % alignBytes === 0 && whole <= window.length)
    isDone(() => (filled = readAll(direct, window.subarray(0, whole), offset, length)));
  if (filled < length) filled += readAll(fd, window.subarray(filled, length), offset + filled);
  return filled < length ? undefined : window.subarray(0, length);
}

/** False when the file system takes nothing past the cache, or wants larger blocks. */
function isDone(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (systemCode(error) !== 'EINVAL') throw error;
    return false;
  }
}

function writeAll(fd: number, bytes: Buffer, offset: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
}

/** How many bytes there were, `enough` of them or all. */
function readAll(fd: number, into: Buffer, offset: number, enough = into.length): number {
  for (let filled = 0; ; ) {
    if (filled >= enough) return filled;
    const read = readSync(fd, into, filled, into.length - filled, offset + filled);
    if (read === 0) return filled;
    filled += read;
  }
}
