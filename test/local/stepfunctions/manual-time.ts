import type { StartTimer } from '../../../local/stepfunctions/alarm.ts';

/** A clock that stands still until a test moves it, and the timers that go by it. */
export class ManualTime {
  #now = Date.parse('2026-11-21T04:00:00.000Z');
  readonly #timers = new Set<{ due: number; wake: () => void }>();

  readonly clock = (): number => this.#now;

  readonly startTimer: StartTimer = (delayMilliseconds, wake) => {
    const timer = { due: this.#now + delayMilliseconds, wake };
    if (delayMilliseconds <= 0) {
      setImmediate(() => this.#ring(timer));
    }
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  advance(seconds: number): void {
    this.#now += seconds * 1000;
    for (const timer of [...this.#timers]) {
      if (timer.due <= this.#now) {
        this.#ring(timer);
      }
    }
  }

  #ring(timer: { due: number; wake: () => void }): void {
    if (this.#timers.delete(timer)) {
      timer.wake();
    }
  }
}
