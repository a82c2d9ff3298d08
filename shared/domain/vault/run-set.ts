/** A set of numbers given as `[first, count]` runs, each of which can be marked as seen. */
export class RunSet {
  readonly #starts: Uint32Array;
  /** Where each run begins in `#marks`. */
  readonly #offsets: Uint32Array;
  readonly #size: number;
  /** Made at the first mark: a table may claim many runs, but only used ones shall cost memory. */
  #marks: Uint8Array | undefined;
  #marked = 0;

  private constructor(runs: readonly (readonly [number, number])[], size: number) {
    this.#starts = Uint32Array.from(runs, ([first]) => first);
    let offset = 0;
    this.#offsets = Uint32Array.from(runs, ([, count]) => {
      offset += count;
      return offset - count;
    });
    this.#size = size;
  }

  /** Undefined unless the runs are ascending, apart from each other and below `limit`. */
  static from(
    runs: readonly (readonly [first: number, count: number])[],
    limit = 65_535,
  ): RunSet | undefined {
    let next = 0;
    let size = 0;
    for (const [first, count] of runs) {
      if (first < next || first + count > limit) return undefined;
      next = first + count + 1;
      size += count;
    }
    return new RunSet(runs, size);
  }

  /** The shortest runs of some numbers. */
  static runsOf(numbers: Iterable<number>): (readonly [first: number, count: number])[] {
    const runs: [number, number][] = [];
    for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
      const last = runs.at(-1);
      if (last && last[0] + last[1] === number) last[1]++;
      else runs.push([number, 1]);
    }
    return runs;
  }

  get isAllMarked(): boolean {
    return this.#marked === this.#size;
  }

  /** False when the number is not in the set. */
  mark(number: number): boolean {
    const run = this.#starts.findLastIndex((start) => start <= number);
    const start = this.#starts[run];
    const offset = this.#offsets[run];
    if (start === undefined || offset === undefined) return false;
    const at = offset + number - start;
    if (at >= (this.#offsets[run + 1] ?? this.#size)) return false;
    this.#marks ??= new Uint8Array(this.#size);
    if (this.#marks[at] === 0) this.#marked++;
    this.#marks[at] = 1;
    return true;
  }
}
