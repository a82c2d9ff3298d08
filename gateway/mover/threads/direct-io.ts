import { read, write } from 'node:fs';
import { promisify } from 'node:util';
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

const [readSome, writeSome] = [promisify(read), promisify(write)];

/** Writes all of `bytes`, which begin at a page as `offset` does; through the cache where the file system refuses. */
export async function writeDirect({ fd, direct }: Descriptors, bytes: Buffer, offset: number): Promise<void> {
  let done = 0;
  const writeTo = async (file: number) => {
    while (done < bytes.length)
      done += (await writeSome(file, bytes, done, bytes.length - done, offset + done)).bytesWritten;
  };
  if (direct !== undefined) await writeTo(direct).catch(throwUnlessRefused);
  await writeTo(fd);
}

/** Reads into memory that begins at a page; answers false when the file ends before. */
export async function readDirect(
  { fd, direct }: Descriptors,
  memory: Buffer,
  { offset, length }: { readonly offset: number; readonly length: number },
): Promise<boolean> {
  let done = 0;
  const readFrom = async (file: number, upTo: number) => {
    while (done < length) {
      const { bytesRead } = await readSome(file, memory, done, upTo - done, offset + done);
      if (bytesRead === 0) return;
      done += bytesRead;
    }
  };
  // The last block of a file is read beyond its end.
  const whole = Math.ceil(length / alignBytes) * alignBytes;
  if (direct !== undefined && whole <= memory.length) await readFrom(direct, whole).catch(throwUnlessRefused);
  await readFrom(fd, length);
  return done >= length;
}

/** A file system may take nothing past the cache, or want larger blocks. */
function throwUnlessRefused(error: unknown): void {
  if (systemCode(error) !== 'EINVAL') throw error;
}
