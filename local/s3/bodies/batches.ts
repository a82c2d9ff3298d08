import { pageAligned } from './direct-io.ts';

export const BATCH_BYTES = 1 << 20;

export type Batch = SharedArrayBuffer;

export const batchesFor = (sizeBytes: number): number => Math.ceil(sizeBytes / BATCH_BYTES);

/**
 * The memory that large bodies come in. What is given back waits for the next body: fresh pages cost more than all
 * copying into them, and V8, which does not count shared memory, would be in no hurry to let go of it.
 */
export class Batches {
  readonly #maxSpare: number;
  readonly #spare: Batch[] = [];

  constructor(maxSpare: number) {
    this.#maxSpare = maxSpare;
  }

  take(): Batch {
    return this.#spare.pop() ?? pageAligned(BATCH_BYTES);
  }

  /** Nobody may look at them any more. */
  giveBack(batches: readonly Batch[]): void {
    this.#spare.push(...batches.slice(0, Math.max(0, this.#maxSpare - this.#spare.length)));
  }
}
