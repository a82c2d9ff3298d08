import { segmentBytes, segmentLength, startSegmentDigest } from '../../../shared/domain/vault/digest.ts';
import { frameBytes } from '../../../shared/domain/vault/pack.ts';
import { mapInOrder } from '../in-order.ts';
import type { Descriptors } from '../threads/direct-io.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import type { Window } from '../threads/worker-tasks.ts';

/** The digest of a segment of a file as it is on the disk; undefined when the file is shorter. */
export async function digestSegmentOnDisk(
  pool: WorkerPool,
  at: Descriptors,
  { size, leafBytes }: { readonly size: number; readonly leafBytes: number },
  ordinal: number,
  onLeaves: (leafDigests: Uint8Array) => void = () => {},
): Promise<Buffer | undefined> {
  const digest = startSegmentDigest();
  const windows = windowsOf(ordinal * segmentBytes, segmentLength(size, ordinal)).map(
    (place): Window => ({ ...place, ...at, leafBytes }),
  );
  for await (const leafDigests of mapInOrder(windows, pool.slots, (window) => pool.hash(window))) {
    if (leafDigests === 'short') return undefined;
    digest.update(leafDigests);
    onLeaves(leafDigests);
  }
  return digest.digest();
}

const windowsOf = (start: number, length: number): { readonly offset: number; readonly length: number }[] =>
  Array.from({ length: Math.ceil(length / frameBytes) }, (_, index) => ({
    offset: start + index * frameBytes,
    length: Math.min(frameBytes, length - index * frameBytes),
  }));
