import { Writable } from 'node:stream';
import { releaseMemory } from '../../shared/domain/vault/release-memory.ts';

/** Fills memory with what arrives, and counts what does not fit. */
export class ReceivedBody extends Writable {
  readonly #memory: Buffer;
  readonly #onChunk: () => void;
  #length = 0;

  constructor(memory: Buffer, onChunk: () => void) {
    // It never has anything to wait for; the default would make the sender stop after each chunk.
    super({ highWaterMark: Number.MAX_SAFE_INTEGER });
    this.#memory = memory;
    this.#onChunk = onChunk;
  }

  /** How much arrived. */
  get length(): number {
    return this.#length;
  }

  get bytes(): Buffer {
    return this.#memory.subarray(0, this.#length);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#onChunk();
    chunk.copy(this.#memory, this.#length);
    this.#length += chunk.length;
    // Left to V8, each pack costs a collection of the whole heap. Not at once: the parser of the answer still reads it.
    queueMicrotask(() => releaseMemory(chunk));
    done();
  }
}
