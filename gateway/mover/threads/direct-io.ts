import { read, readSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from '../../file-errors.ts';

/** Offset, length and address of what goes past the page cache are multiples of this: the largest sector that disks have. */
export const alignBytes = 4096;
/** Less than this is left to the page cache, which gathers small writes. */
export const leastDirectBytes = 64 * 2 ** 10;

/** A file, open once or twice. */
export interface Descriptors {
  readonly fd: number;
  /** Opened with O_DIRECT, where the file system knows that. */
  readonly direct?: number | undefined;
}

/** Memory that begins at a page. Node aligns to 16 bytes only; what could grow V8 takes from the system itself. */
export const pageAligned = (bytes: number): SharedArrayBuffer =>
  new SharedArrayBuffer(bytes, { maxByteLength: bytes });

/**
 * What of a stretch of a file goes past the page cache, if anything does. To copy a restore into fresh pages of the cache
 * takes more time than all else, and throws out what other programs have there.
 */
export function directPart(
  offset: number,
  length: number,
): { readonly from: number; readonly to: number } | undefined {
  const from = Math.ceil(offset / alignBytes) * alignBytes;
  const to = Math.floor((offset + length) / alignBytes) * alignBytes;
  return to - from < leastDirectBytes ? undefined : { from, to };
}

export function writeAll(fd: number, bytes: Buffer, offset: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
}

/**
 * Writes all of `bytes`, which begin at a page as `offset` does; through the cache where the file system refuses. The thread
 * is free meanwhile: `bytes` are not to be touched.
 */
export async function writeDirect({ fd, direct }: Descriptors, bytes: Buffer, offset: number): Promise<void> {
  try {
    await writeWhole(direct ?? fd, bytes, offset);
  } catch (error) {
    throwUnlessRefused(error);
    await writeWhole(fd, bytes, offset);
  }
}

const [readSome, writeSome] = [promisify(read), promisify(write)];

async function writeWhole(fd: number, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await writeSome(fd, bytes, done, bytes.length - done, offset + done)).bytesWritten;
}

/** Reads into memory that begins at a page, from the disk where that can be; answers false when the file ends before. */
export function readDirect(
  { fd, direct }: Descriptors,
  memory: Buffer,
  { offset, length }: { readonly offset: number; readonly length: number },
): boolean {
  // The last block of a file is read beyond its end.
  const whole = Math.ceil(length / alignBytes) * alignBytes;
  try {
    if (direct !== undefined && whole <= memory.length)
      return fill(direct, memory.subarray(0, whole), offset, length);
  } catch (error) {
    throwUnlessRefused(error);
  }
  return fill(fd, memory.subarray(0, length), offset, length);
}

/**
 * Fills memory that begins at a page, from the disk or not at all; answers whether that is done. The thread is free
 * meanwhile.
 */
export async function readOnlyDirect(direct: number, memory: Buffer, offset: number): Promise<boolean> {
  try {
    for (let done = 0; done < memory.length; ) {
      const { bytesRead } = await readSome(direct, memory, done, memory.length - done, offset + done);
      if (bytesRead === 0) return false;
      done += bytesRead;
    }
    return true;
  } catch {
    return false;
  }
}

/** Reads until `length` bytes are there, or a few more; answers false when there are less. */
function fill(fd: number, memory: Buffer, offset: number, length: number): boolean {
  for (let done = 0; done < length; ) {
    const read = readSync(fd, memory, done, memory.length - done, offset + done);
    if (read === 0) return false;
    done += read;
  }
  return true;
}

/** A file system may take nothing past the cache, or want larger blocks. */
function throwUnlessRefused(error: unknown): void {
  if (systemCode(error) !== 'EINVAL') throw error;
}
