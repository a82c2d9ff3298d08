import { releaseMemory } from '../../shared/domain/vault/release-memory.ts';

/** One upload is followed by others: a script goes from mount to mount. */
const idleMillis = 60_000;

/**
 * Large memory that is used again for a while after it was given back. To take it anew costs a day's upload of a gigabyte
 * an eighth of its processor time: the system clears each page, and V8, told of 16 MiB more, looks for garbage each time.
 */
export class SpareMemory {
  readonly #bytes: number;
  readonly #spare: Buffer[] = [];
  #idle: NodeJS.Timeout | undefined;

  /** `bytes`: of each piece. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** What is in it is anybody's. */
  take(): Buffer {
    clearTimeout(this.#idle);
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Nobody uses it any more. */
  give(memory: Buffer): void {
    this.#spare.push(memory);
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.release(), idleMillis).unref();
  }

  /** Gives what is spare back to the system at once. */
  release(): void {
    for (const memory of this.#spare.splice(0)) releaseMemory(memory);
  }
}
