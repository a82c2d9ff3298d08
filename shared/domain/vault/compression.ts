import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { releaseMemory } from './release-memory.ts';

/** How an item of a pack or bundle is stored. */
export const codecs = { raw: 0, zstd: 1 } as const;
export type Codec = (typeof codecs)[keyof typeof codecs];

/** A reader does not see the level. */
export const defaultLevel = 1;

/**
 * From level 13 on zstd searches in trees, and makes their tables as large as its input, 17 MiB in all for a frame. With these
 * it is 4 MiB, and frames of Oracle blocks become larger by a part in two thousand.
 */
const firstLevelWithTrees = 13;
const smallTables = { [constants.ZSTD_c_chainLog]: 19, [constants.ZSTD_c_hashLog]: 17 } as const;

/** zstd where that is smaller, the bytes themselves otherwise. */
export function compress(
  raw: Buffer,
  level = defaultLevel,
): { readonly codec: Codec; readonly stored: Buffer } {
  const stored = zstdCompressSync(raw, {
    // One chunk for the whole result: the default of 16 KiB costs a third of the speed. With room for the largest result
    // there can be (ZSTD_compressBound), zstd takes its input as it lies, and is a tenth faster again.
    chunkSize: raw.length + (raw.length >> 8) + 1024,
    params: { [constants.ZSTD_c_compressionLevel]: level, ...(level >= firstLevelWithTrees && smallTables) },
  });
  if (stored.length < raw.length) return { codec: codecs.zstd, stored };
  releaseMemory(stored);
  return { codec: codecs.raw, stored: raw };
}

/** A window of 8 MiB: what a frame claims beyond that would only cost memory. */
export const expandParams = { [constants.ZSTD_d_windowLogMax]: 23 } as const;

/** Expands to exactly `rawBytes`; throws as soon as there is more, and when there is less. */
export function expand(stored: Buffer, rawBytes: number): Buffer {
  const raw = zstdDecompressSync(stored, {
    chunkSize: rawBytes + 64,
    maxOutputLength: rawBytes,
    params: expandParams,
  });
  if (raw.length !== rawBytes) throw new RangeError(`expands to ${raw.length} bytes instead of ${rawBytes}`);
  return raw;
}
