import { compress } from '../../shared/domain/vault/compression.ts';
import { hashLeaves, isZero, sha256Hex } from '../../shared/domain/vault/digest.ts';
import type { PreparedFrame } from '../../shared/domain/vault/pack.ts';
import { releaseMemory } from '../../shared/domain/vault/release-memory.ts';

/** A stretch of a window that is all zeros, or has none of its leaves all zero. */
export type Run = readonly [length: number, isZeros: boolean];

/** What becomes of up to 1 MiB of a file. */
export interface CutWindow {
  /** In order, covering the window. */
  readonly runs: readonly Run[];
  /** See hashLeaves. */
  readonly leafDigests: Uint8Array;
  /** The stretches that are not zeros, gathered; absent when there are none. */
  readonly frame?: PreparedFrame;
}

/** Leaves of zeros are left out of the frame: sparse files and unused blocks cost nothing, and holes stay holes. */
export function cutWindow(window: Buffer, leafBytes: number): CutWindow {
  const runs = findRuns(window, leafBytes);
  const leafDigests = hashLeaves(window, leafBytes);
  const raw = gather(window, runs);
  if (raw.length === 0) return { runs, leafDigests };
  const facts = { rawBytes: raw.length, rawSha256: sha256Hex(raw) };
  const compressed = compress(raw);
  if (raw !== window && raw !== compressed.stored) releaseMemory(raw);
  return { runs, leafDigests, frame: { ...facts, ...compressed } };
}

function findRuns(window: Buffer, leafBytes: number): Run[] {
  const runs: [number, boolean][] = [];
  for (let at = 0; at < window.length; at += leafBytes) {
    const leaf = window.subarray(at, at + leafBytes);
    const isZeros = isZero(leaf);
    const last = runs.at(-1);
    if (last?.[1] === isZeros) last[0] += leaf.length;
    else runs.push([leaf.length, isZeros]);
  }
  return runs;
}

function gather(window: Buffer, runs: readonly Run[]): Buffer {
  if (runs.every(([, isZeros]) => !isZeros)) return window;
  let at = 0;
  const pieces = runs.map(([length, isZeros]) => {
    at += length;
    return isZeros ? Buffer.alloc(0) : window.subarray(at - length, at);
  });
  return Buffer.concat(pieces);
}
