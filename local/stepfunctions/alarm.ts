import type { LocalClock } from '../services.ts';

/** Calls `wake` after a delay, unless the returned function is called before. Injected in tests. */
export type StartTimer = (delayMilliseconds: number, wake: () => void) => () => void;

/** Node's timers fire at once when given more than 2^31 - 1 ms, about 24.8 days. */
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

export const startNodeTimer: StartTimer = (delayMilliseconds, wake) => {
  const timer = setTimeout(wake, Math.min(delayMilliseconds, MAX_TIMER_MILLISECONDS));
  return () => clearTimeout(timer);
};

/** One timer for all waits: set to the earliest moment that the store knows, and set again after every change. */
export class Alarm {
  readonly #clock: LocalClock;
  readonly #startTimer: StartTimer;
  readonly #nextDue: () => number | undefined;
  readonly #ring: () => void;
  #setTo: number | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: {
    clock: LocalClock;
    startTimer: StartTimer;
    nextDue: () => number | undefined;
    ring: () => void;
  }) {
    this.#clock = options.clock;
    this.#startTimer = options.startTimer;
    this.#nextDue = options.nextDue;
    this.#ring = options.ring;
  }

  set(): void {
    const due = this.#nextDue();
    if (due === this.#setTo) {
      return;
    }
    this.stop();
    if (due !== undefined) {
      this.#setTo = due;
      this.#cancel = this.#startTimer(Math.max(0, due - this.#clock()), () => this.#wake(due));
    }
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#setTo = undefined;
  }

  #wake(due: number): void {
    this.#setTo = undefined;
    this.#cancel = undefined;
    if (this.#clock() >= due) {
      this.#ring();
    } else {
      // A long wait is made of several timers; and a timer may ring a little early.
      this.set();
    }
  }
}
