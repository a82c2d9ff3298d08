interface Sample {
  readonly atMillis: number;
  readonly bytes: number;
}

/** Long enough to be calm, short enough to follow a line that gets faster or slower. */
const windowMillis = 60_000;

/** How fast bytes arrive, as measured over the last minute. */
export class TransferRate {
  readonly #samples: Sample[] = [];

  /** Takes note of how many bytes are done in all; `atMillis` never goes back. */
  note(bytes: number, atMillis: number): void {
    this.#samples.push({ bytes, atMillis });
    // The oldest stays as long as the next one is younger than the window.
    while ((this.#samples[1]?.atMillis ?? atMillis) <= atMillis - windowMillis) this.#samples.shift();
  }

  /** Undefined until there is something to measure. */
  get bytesPerSecond(): number | undefined {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !last || last.atMillis <= first.atMillis) return undefined;
    return Math.round(((last.bytes - first.bytes) * 1000) / (last.atMillis - first.atMillis));
  }
}
