import { tooManyRequests } from './errors.ts';
import type { FunctionSettings } from './function-config.ts';

/** Counts running invocations against the account's limit and the functions' reservations. */
export class Concurrency {
  readonly #limit: number;
  readonly #functions: () => Iterable<FunctionSettings>;
  readonly #running = new Map<string, number>();
  #unreservedRunning = 0;

  /** @param functions those that are there now, with their reservations */
  constructor(limit: number, functions: () => Iterable<FunctionSettings>) {
    this.#limit = limit;
    this.#functions = functions;
  }

  get limit(): number {
    return this.#limit;
  }

  /** What the functions without a reservation share: one at least, whatever the template reserves now. */
  get unreserved(): number {
    let unreserved = this.#limit;
    for (const { reservedConcurrency = 0 } of this.#functions()) unreserved -= reservedConcurrency;
    return Math.max(1, unreserved);
  }

  /**
   * Runs `work` as one concurrent invocation of the function.
   * @throws TooManyRequestsException, at once: Lambda does not queue synchronous invocations.
   */
  async occupy<Result>(
    { name, reservedConcurrency }: FunctionSettings,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const isReserved = reservedConcurrency !== undefined;
    if (isReserved && (this.#running.get(name) ?? 0) >= reservedConcurrency)
      throw tooManyRequests('function');
    if (!isReserved && this.#unreservedRunning >= this.unreserved) throw tooManyRequests('account');

    this.#count(name, 1, isReserved);
    try {
      return await work();
    } finally {
      this.#count(name, -1, isReserved);
    }
  }

  #count(name: string, change: 1 | -1, isReserved: boolean): void {
    this.#running.set(name, (this.#running.get(name) ?? 0) + change);
    if (!isReserved) this.#unreservedRunning += change;
  }
}
