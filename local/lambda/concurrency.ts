import { tooManyRequests } from './errors.ts';
import type { FunctionSettings } from './function-config.ts';

interface Limits {
  /** Of the account: what exceeds it is refused. */
  readonly invocations: number;
  /** Invocations without a reservation that run at once; the others wait, as if their environment took long to start. */
  readonly atOnce: number;
}

/** Counts running invocations against the account's limit and the functions' reservations. */
export class Concurrency {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  readonly #functions: () => Iterable<FunctionSettings>;
  readonly #running = new Map<string, number>();
  #unreservedRunning = 0;
  #freePlaces: number;

  /** @param functions those that are there now, with their reservations */
  constructor({ invocations, atOnce }: Limits, functions: () => Iterable<FunctionSettings>) {
    this.#limit = invocations;
    this.#freePlaces = atOnce;
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
   * @throws TooManyRequestsException, at once: Lambda does not queue invocations beyond its limits.
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
      return await (isReserved ? work() : this.#inPlace(work));
    } finally {
      this.#count(name, -1, isReserved);
    }
  }

  /** In the order in which they came: a place that is left goes to the next in line without becoming free. */
  async #inPlace<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#freePlaces > 0) this.#freePlaces--;
    else await new Promise<void>((begin) => this.#waiting.push(begin));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#freePlaces++;
    }
  }

  #count(name: string, change: 1 | -1, isReserved: boolean): void {
    this.#running.set(name, (this.#running.get(name) ?? 0) + change);
    if (!isReserved) this.#unreservedRunning += change;
  }
}
