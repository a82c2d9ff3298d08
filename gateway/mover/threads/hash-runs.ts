import { type ContentHash, hashBytes, hashLeaves } from '../../../shared/domain/vault/digest.ts';
import { frameBytes } from '../../../shared/domain/vault/pack.ts';
import { readDirect } from './direct-io.ts';
import type { LeafRuns } from './worker-tasks.ts';

/** To read over less than this takes less time than to read twice. */
const gapBytes = 64 * 2 ** 10;

type Run = LeafRuns['runs'][number];

/**
 * The digests of the leaves of all runs, one after the other; undefined when the file is shorter. `memory` begins at a page
 * and has room for a frame.
 */
export function hashRuns(leaves: LeafRuns, memory: Buffer, hash: ContentHash): Uint8Array | undefined {
  const { leafBytes, runs } = leaves;
  const count = runs.reduce((sum, { length }) => sum + Math.ceil(length / leafBytes), 0);
  const digests = new Uint8Array(count * hashBytes);
  let filled = 0;
  for (const together of readsOf(runs)) {
    const { offset } = together[0];
    const last = together.at(-1) ?? together[0];
    if (!readDirect(leaves, memory, { offset, length: last.offset + last.length - offset })) return undefined;
    for (const run of together) {
      const at = run.offset - offset;
      const found = hashLeaves(memory.subarray(at, at + run.length), leafBytes, hash);
      digests.set(found, filled);
      filled += found.length;
    }
  }
  return digests;
}

/** Runs that are read at once. */
function* readsOf(runs: readonly Run[]): Generator<[Run, ...Run[]]> {
  let read: [Run, ...Run[]] | undefined;
  for (const run of runs) {
    const last = read?.at(-1);
    const isNear = last !== undefined && run.offset - (last.offset + last.length) <= gapBytes;
    if (read && isNear && run.offset + run.length - read[0].offset <= frameBytes) read.push(run);
    else {
      if (read) yield read;
      read = [run];
    }
  }
  if (read) yield read;
}
