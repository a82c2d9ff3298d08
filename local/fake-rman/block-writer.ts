import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { blockSize, blocksPerMib } from './block.ts';
import { describeFileFailure, RmanError } from './rman-error.ts';

/** Fills one zeroed block, seal included. */
export type FillBlock = (block: Buffer, number: number) => void;

export interface WriteOptions {
  /** Overwrite a file of this name (in place, as REUSE does); otherwise an existing file is an error. */
  readonly reuse: boolean;
  /** Pause after each MiB, to have a backup that takes its time. */
  readonly delayMsPerMib: number;
  /** Break off with an Oracle write error before this block. */
  readonly failAtBlock?: number | undefined;
}

// Opening without truncation keeps the inode and rewrites blocks where they are.
const openForWriting = async (path: string, reuse: boolean): Promise<FileHandle> => {
  if (!reuse) return open(path, 'wx');
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return open(path, 'wx');
    throw error;
  }
};

const writeAll = async (
  file: FileHandle,
  blocks: number,
  fill: FillBlock,
  { delayMsPerMib, failAtBlock }: WriteOptions,
): Promise<void> => {
  const buffer = Buffer.alloc(blocksPerMib * blockSize);
  for (let first = 0; first < blocks; first += blocksPerMib) {
    const inChunk = Math.min(blocksPerMib, blocks - first);
    if (failAtBlock !== undefined && first + inChunk > failAtBlock) {
      throw Object.assign(new Error('injected'), { syscall: 'write', code: 'ENOSPC', errno: 28 });
    }
    buffer.fill(0);
    for (let index = 0; index < inChunk; index++) {
      fill(buffer.subarray(index * blockSize, (index + 1) * blockSize), first + index);
    }
    await file.write(buffer, 0, inChunk * blockSize, first * blockSize);
    if (delayMsPerMib > 0) await sleep(delayMsPerMib);
  }
  await file.truncate(blocks * blockSize);
};

/** Writes a file of so many blocks. What the file system refuses is thrown as RMAN's messages. */
export const writeBlocks = async (
  path: string,
  blocks: number,
  fill: FillBlock,
  options: WriteOptions,
): Promise<void> => {
  try {
    await using file = await openForWriting(path, options.reuse);
    await writeAll(file, blocks, fill, options);
  } catch (error) {
    // Only what the file system refuses is RMAN's to report; anything else is a bug of ours.
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new RmanError(describeFileFailure(path, error as NodeJS.ErrnoException));
  }
};
