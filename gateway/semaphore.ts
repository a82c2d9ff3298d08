/** Lets a number of tasks run at once; the others wait in the order in which they came. */
export class Semaphore {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Whether the next task would have to wait. */
  get isFull(): boolean {
    return this.#free === 0;
  }

  /** Rejects with the signal's reason when it is aborted before the task begins; then the task never does. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    try {
      return await task();
    } finally {
      // The place goes to the next in line without becoming free: nobody can slip in between.
      const [next] = this.#waiting;
      if (next) next();
      else this.#free++;
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.delete(begin);
        reject(signal?.reason);
      };
      const begin = () => {
        this.#waiting.delete(begin);
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      this.#waiting.add(begin);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }
}
