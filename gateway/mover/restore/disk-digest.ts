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
  file: SegmentedFile,
  ordinal: number,
  onLeaves: (leafDigests: Uint8Array) => void = () => {},
): Promise<Buffer | undefined> {
  return new SegmentOnDisk(file, ordinal, onLeaves).digest(pool, at);
}

interface SegmentedFile {
  readonly size: number;
  readonly leafBytes: number;
}

/** A segment that is read from the disk from front to back: all of it, or first as far as it has come there. */
export class SegmentOnDisk {
  readonly #file: SegmentedFile;
  readonly #start: number;
  readonly #length: number;
  readonly #onLeaves: (leafDigests: Uint8Array) => void;
  readonly #digest = startSegmentDigest();
  #done = 0;

  constructor(file: SegmentedFile, ordinal: number, onLeaves: (leafDigests: Uint8Array) => void = () => {}) {
    this.#file = file;
    this.#start = ordinal * segmentBytes;
    this.#length = segmentLength(file.size, ordinal);
    this.#onLeaves = onLeaves;
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
    const { leafBytes } = this.#file;
    const windows = windowsOf(this.#start, this.#done, end).map(
      (place): Window => ({ ...place, ...at, leafBytes }),
    );
    const read = mapInOrder(windows, pool.slots, async (window) => ({
      window,
      found: await pool.hash(window),
    }));
    for await (const { window, found } of read) {
      if (found === 'short') return;
      this.#digest.update(found);
      this.#onLeaves(found);
      this.#done += window.length;
    }
  }
}

/** In pieces of a frame, from one place of a segment to another. */
const windowsOf = (
  start: number,
  from: number,
  end: number,
): { readonly offset: number; readonly length: number }[] =>
  Array.from({ length: Math.max(0, Math.ceil((end - from) / frameBytes)) }, (_, index) => ({
    offset: start + from + index * frameBytes,
    length: Math.min(frameBytes, end - from - index * frameBytes),
  }));
