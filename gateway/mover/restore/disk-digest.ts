import {
  hashBytes,
  segmentBytes,
  segmentLength,
  startSegmentDigest,
} from '../../../shared/domain/vault/digest.ts';
import { frameBytes } from '../../../shared/domain/vault/pack.ts';
import { releaseMemory } from '../../../shared/domain/vault/release-memory.ts';
import { mapInOrder } from '../in-order.ts';
import type { Descriptors } from '../threads/direct-io.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import type { Run } from './proven-leaves.ts';

/** The digest of a segment of a file as it is on the disk; undefined when the file is shorter. */
export async function digestSegmentOnDisk(
  pool: WorkerPool,
  at: Descriptors,
  file: SegmentedFile,
  ordinal: number,
  onLeaves: (leafDigests: Uint8Array) => void = () => {},
): Promise<Buffer | undefined> {
  return new SegmentOnDisk(file, ordinal, { onLeaves }).digest(pool, at);
}

interface SegmentedFile {
  readonly size: number;
  readonly leafBytes: number;
}

/** At once: the digests of its leaves take 256 KiB. */
const pieceBytes = 64 * frameBytes;
/** Of a segment with scattered blocks. */
const runsOfTask = 64;

/** What is known of a segment without reading it: puts the digests in their places, and answers what is to be read. */
export type KnownLeaves = (stretch: Run, digests: Buffer) => Run[];

/** A segment that is read from the disk from front to back: all of it, or first as far as it has come there. */
export class SegmentOnDisk {
  readonly #file: SegmentedFile;
  readonly #start: number;
  readonly #length: number;
  readonly #onLeaves: (leafDigests: Uint8Array) => void;
  readonly #known: KnownLeaves;
  readonly #digest = startSegmentDigest();
  #done = 0;

  constructor(
    file: SegmentedFile,
    ordinal: number,
    {
      onLeaves = () => {},
      known = (stretch) => [stretch],
    }: { readonly onLeaves?: (leafDigests: Uint8Array) => void; readonly known?: KnownLeaves } = {},
  ) {
    this.#file = file;
    this.#start = ordinal * segmentBytes;
    this.#length = segmentLength(file.size, ordinal);
    this.#onLeaves = onLeaves;
    this.#known = known;
  }

  /** Reads on, up to a place of the file or a little less, for leaves are not cut. */
  async readUpTo(fileOffset: number, pool: WorkerPool, at: Descriptors): Promise<void> {
    const whole = Math.floor((fileOffset - this.#start) / frameBytes) * frameBytes;
    await this.#read(Math.min(whole, this.#length), pool, at);
  }

  /** Reads the rest; undefined when the file is shorter. Once. */
  async digest(pool: WorkerPool, at: Descriptors): Promise<Buffer | undefined> {
    await this.#read(this.#length, pool, at);
    return this.#done === this.#length ? this.#digest.digest() : undefined;
  }

  async #read(end: number, pool: WorkerPool, at: Descriptors): Promise<void> {
    while (this.#done < end) {
      const length = Math.min(pieceBytes, end - this.#done);
      const digests = await this.#digestsOf({ offset: this.#start + this.#done, length }, pool, at);
      if (!digests) return;
      this.#digest.update(digests);
      this.#onLeaves(digests);
      releaseMemory(digests);
      this.#done += length;
    }
  }

  async #digestsOf(stretch: Run, pool: WorkerPool, at: Descriptors): Promise<Buffer | undefined> {
    const { leafBytes } = this.#file;
    const digests = Buffer.alloc(Math.ceil(stretch.length / leafBytes) * hashBytes);
    const read = mapInOrder(tasksOf(this.#known(stretch, digests)), pool.slots, async (runs) => ({
      runs,
      found: await pool.hash({ ...at, leafBytes, runs }),
    }));
    for await (const { runs, found } of read) {
      if (found === 'short') return undefined;
      let taken = 0;
      for (const { offset, length } of runs) {
        const bytes = Math.ceil(length / leafBytes) * hashBytes;
        const place = ((offset - stretch.offset) / leafBytes) * hashBytes;
        digests.set(found.subarray(taken, taken + bytes), place);
        taken += bytes;
      }
    }
    return digests;
  }
}

/** What is read by one task: up to a frame's length. */
function* tasksOf(runs: readonly Run[]): Generator<Run[]> {
  let [task, bytes]: [Run[], number] = [[], 0];
  for (const run of runs.flatMap(inFrames)) {
    if (task.length === runsOfTask || bytes + run.length > frameBytes) {
      yield task;
      [task, bytes] = [[], 0];
    }
    task.push(run);
    bytes += run.length;
  }
  if (task.length > 0) yield task;
}

/** In pieces of a frame's length. */
const inFrames = ({ offset, length }: Run): Run[] =>
  Array.from({ length: Math.ceil(length / frameBytes) }, (_, index) => ({
    offset: offset + index * frameBytes,
    length: Math.min(frameBytes, length - index * frameBytes),
  }));
