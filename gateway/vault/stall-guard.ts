/**
 * Aborts a transfer in which nothing moves: a slow line may take as long as it needs, a dead one must not hold the
 * upload for ever. `touch` it whenever something moved.
 */
export class StallGuard {
  readonly signal: AbortSignal;
  readonly #stalled = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(millis: number, signal: AbortSignal) {
    this.#timer = setTimeout(() => {
      this.#stalled.abort(new Error(`nothing moved for ${millis} ms`));
    }, millis);
    this.signal = AbortSignal.any([signal, this.#stalled.signal]);
  }

  touch(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
