import { tooManyRequests } from './errors.ts';
import type { FunctionConfig } from './function-config.ts';

/** Counts running invocations against the account's limit and the functions' reservations. */
export class Concurrency {
  readonly #unreservedLimit: number;
  readonly #running = new Map<string, number>();
  #unreservedRunning = 0;

  constructor(functions: Iterable<FunctionConfig>, maxConcurrency: number) {
    // A reservation is taken from what the other functions share.
    let unreserved = maxConcurrency;
    for (const config of functions) unreserved -= config.reservedConcurrency ?? 0;
    this.#unreservedLimit = unreserved;
  }

  /**
   * Runs `work` as one concurrent invocation of the function.
   * @throws TooManyRequestsException, at once: Lambda does not queue synchronous invocations.
   */
  async occupy<Result>(config: FunctionConfig, work: () => Promise<Result>): Promise<Result> {
    const running = this.#running.get(config.name) ?? 0;
    const isReserved = config.reservedConcurrency !== undefined;
    if (isReserved && running >= config.reservedConcurrency) throw tooManyRequests('function');
    if (!isReserved && this.#unreservedRunning >= this.#unreservedLimit) throw tooManyRequests('account');

    this.#count(config.name, 1, isReserved);
    try {
      return await work();
    } finally {
      this.#count(config.name, -1, isReserved);
    }
  }

  #count(name: string, change: 1 | -1, isReserved: boolean): void {
    this.#running.set(name, (this.#running.get(name) ?? 0) + change);
    if (!isReserved) this.#unreservedRunning += change;
  }
}
