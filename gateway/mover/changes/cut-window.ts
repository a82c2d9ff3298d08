import { compress } from '../../../shared/domain/vault/compression.ts';
import { frameBlockBytes, frameHash, hashBytes, isZeroLeaf } from '../../../shared/domain/vault/digest.ts';
import type { PreparedFrame } from '../../../shared/domain/vault/pack.ts';
import { releaseMemory } from '../../../shared/domain/vault/release-memory.ts';
import type { KnownWindow } from '../baseline/kept-segment.ts';
import { type ContentHashes, plainHashes } from './content-hashes.ts';
import { hasSameAt } from './same-at.ts';
import type { WindowContent } from './segment-pieces.ts';
import type { TagStrip } from './strip-tags.ts';
import { digestWindow, type WindowDigests } from './window-digests.ts';

/**
 * What a stretch of a window is: content to be stored; content that the parent has elsewhere; zeros; or what the parent
 * has at the same place, be that content or zeros.
 */
export type RunKind = 'new' | 'moved' | 'zeros' | 'same' | 'same zeros';
/** Of a window. */
export type Stretch = readonly [at: number, length: number];
export type Run = readonly [length: number, kind: RunKind];

/** What becomes of up to 1 MiB of a file. */
export interface CutWindow extends Readonly<Record<keyof WindowDigests, Uint8Array>> {
  /** In order, covering the window. */
  readonly runs: readonly Run[];
  /** The new stretches, gathered; absent when there are none. */
  readonly frame?: PreparedFrame;
  /** The same, not yet a frame: few blocks of a window compress better together with others. */
  readonly loose?: Buffer;
  /** When it was asked for. */
  readonly content?: WindowContent;
}

/**
 * Leaves of zeros are left out: sparse files and unused blocks cost nothing, and holes stay holes. So is what the
 * parent has: in the same place by what is `known` of it, or elsewhere (`moved`).
 */
export function cutWindow(
  window: Buffer,
  {
    leafBytes,
    known,
    moved = [],
    level,
    hashes = plainHashes,
    tagStrip,
  }: {
    readonly leafBytes: number;
    readonly known?: KnownWindow;
    readonly moved?: readonly Stretch[];
    readonly level: number;
    readonly hashes?: ContentHashes;
    readonly tagStrip?: TagStrip | undefined;
  },
): CutWindow {
  const digests = digestWindow(window, { leafBytes, hashLeaf: hashes.leaf, tagStrip }, known);
  const { leafDigests } = digests;
  const runs = markMoved(findRuns(window, leafBytes, leafDigests, known?.leafDigests), moved);
  const raw = gather(window, runs);
  if (raw.length === 0) return { runs, ...digests };
  if (runs.some(([, kind]) => isSame(kind) || kind === 'moved')) return { runs, ...digests, loose: raw };
  const blocks = leafBytes === frameBlockBytes ? digestsOfNew(runs, leafBytes, leafDigests) : undefined;
  const frame = prepareFrame(raw, level, hashes, blocks);
  if (raw !== window && raw !== frame.stored) releaseMemory(raw);
  return { runs, ...digests, frame };
}

export const isSame = (kind: RunKind): boolean => kind === 'same' || kind === 'same zeros';

export const prepareFrame = (
  raw: Buffer,
  level: number,
  hashes: ContentHashes,
  blocks?: Buffer,
): PreparedFrame & { readonly stored: Buffer } => ({
  rawBytes: raw.length,
  hash: frameHash(raw, hashes, blocks).toString('hex'),
  ...compress(raw, level),
});

/** Of a window that has nothing but new content and zeros: the digests of its new leaves, as they are gathered. */
function digestsOfNew(runs: readonly Run[], leafBytes: number, digests: Buffer): Buffer {
  let leaf = 0;
  const parts = runs.map(([length, kind]) => {
    const from = leaf;
    leaf += Math.ceil(length / leafBytes);
    return kind === 'new' ? digests.subarray(from * hashBytes, leaf * hashBytes) : Buffer.alloc(0);
  });
  return parts.length === 1 ? digests : Buffer.concat(parts);
}

function findRuns(window: Buffer, leafBytes: number, digests: Buffer, known: Uint8Array | undefined): Run[] {
  const runs: [number, RunKind][] = [];
  for (let at = 0, leaf = 0; at < window.length; at += leafBytes, leaf++) {
    const length = Math.min(leafBytes, window.length - at);
    const isZeros = isZeroLeaf(window, at, length);
    const kind = kindOf(isZeros, known !== undefined && isKnown(digests, known, leaf));
    const last = runs.at(-1);
    if (last?.[1] === kind) last[0] += length;
    else runs.push([length, kind]);
  }
  return runs;
}

/** Zeros stay zeros wherever the parent has them: they cost nothing, and holes are told by them. */
function markMoved(runs: readonly Run[], moved: readonly Stretch[]): readonly Run[] {
  if (moved.length === 0) return runs;
  const marked: Run[] = [];
  let at = 0;
  for (const [length, kind] of runs) {
    const end = at + length;
    if (kind !== 'new') marked.push([length, kind]);
    for (const [start, movedBytes] of kind === 'new' ? moved : []) {
      const [from, to] = [Math.max(at, start), Math.min(end, start + movedBytes)];
      if (from >= to) continue;
      if (from > at) marked.push([from - at, 'new']);
      marked.push([to - from, 'moved']);
      at = to;
    }
    if (kind === 'new' && at < end) marked.push([end - at, 'new']);
    at = end;
  }
  return marked;
}

const kindOf = (isZeros: boolean, isSame: boolean): RunKind =>
  isSame ? (isZeros ? 'same zeros' : 'same') : isZeros ? 'zeros' : 'new';

function isKnown(digests: Buffer, known: Uint8Array, leaf: number): boolean {
  return hasSameAt(digests, known, leaf * hashBytes, hashBytes);
}

function gather(window: Buffer, runs: readonly Run[]): Buffer {
  if (runs.every(([, kind]) => kind === 'new')) return window;
  let at = 0;
  const pieces = runs.map(([length, kind]) => {
    at += length;
    return kind === 'new' ? window.subarray(at - length, at) : Buffer.alloc(0);
  });
  return Buffer.concat(pieces);
}
