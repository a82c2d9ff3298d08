import type { LocalClock } from '../services.ts';
import { Alarm, type StartTimer } from '../stepfunctions/alarm.ts';

interface Receiver {
  readonly deadline: number;
  /** When a hidden message of the queue comes back. */
  readonly nextVisibleAt: () => number | undefined;
  /** True when the receiver got its answer and does not wait any more. */
  readonly attempt: (isLast: boolean) => boolean;
}

/** Receives that wait for a message: tried at each change, at the time a message comes back, and at their end. */
export class Receivers {
  readonly #clock: LocalClock;
  readonly #alarm: Alarm;
  #waiting: readonly Receiver[] = [];

  constructor(clock: LocalClock, startTimer: StartTimer) {
    this.#clock = clock;
    this.#alarm = new Alarm({
      ...{ clock, startTimer },
      nextDue: () => this.#nextDue(),
      ring: () => this.attemptAll(),
    });
  }

  /** Tries at once, then as long as `waitMs`. The last try answers whatever it finds. `gone` ends the wait. */
  receive<Found>(options: {
    readonly waitMs: number;
    readonly gone: AbortSignal;
    readonly find: () => readonly Found[];
    readonly nextVisibleAt: () => number | undefined;
  }): Promise<readonly Found[]> {
    return new Promise((resolve, reject) => {
      const attempt = (isLast: boolean): boolean => {
        if (options.gone.aborted) {
          resolve([]);
          return true;
        }
        try {
          const found = options.find();
          if (found.length === 0 && !isLast) return false;
          resolve(found);
        } catch (error) {
          // The queue was deleted meanwhile, for one.
          reject(error);
        }
        return true;
      };
      if (attempt(options.waitMs === 0)) return;
      const deadline = this.#clock() + options.waitMs;
      const receiver = { deadline, nextVisibleAt: options.nextVisibleAt, attempt };
      this.#waiting = [...this.#waiting, receiver];
      options.gone.addEventListener('abort', () => this.attemptAll(), { once: true });
      this.#alarm.set();
    });
  }

  /** In the order in which they came. */
  attemptAll(): void {
    const nowMs = this.#clock();
    this.#waiting = this.#waiting.filter((receiver) => !receiver.attempt(nowMs >= receiver.deadline));
    this.#alarm.set();
  }

  close(): void {
    this.#alarm.stop();
    this.#waiting = [];
  }

  #nextDue(): number | undefined {
    const times = this.#waiting.flatMap(({ deadline, nextVisibleAt }) => [deadline, nextVisibleAt()]);
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }
}
