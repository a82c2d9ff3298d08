import { refKey } from '../../../shared/domain/vault/pack-ref.ts';
import type { Extent } from '../../../shared/domain/vault/segment.ts';

/** Joins what continues the extent before it: fewer extents, smaller maps, faster restores. */
export function pushExtent(extents: Extent[], extent: Extent): void {
  const last = extents.at(-1);
  const joined = last && join(last, extent);
  if (joined) extents[extents.length - 1] = joined;
  else extents.push(extent);
}

function join(one: Extent, next: Extent): Extent | undefined {
  const length = one.length + next.length;
  if (!one.place && !next.place) return { length };
  if (!one.place || !next.place) return undefined;
  const continues =
    one.place.frame === next.place.frame &&
    one.place.offset + one.length === next.place.offset &&
    refKey(one.place.pack) === refKey(next.place.pack);
  return continues ? { length, place: one.place } : undefined;
}

/** Walks through the extents of a segment from front to back. */
export class ExtentCursor {
  readonly #extents: readonly Extent[];
  #index: number;
  /** How much of the current extent is behind us. */
  #used = 0;

  constructor(extents: readonly Extent[], first = 0) {
    this.#extents = extents;
    this.#index = first;
  }

  /** The extents of the next bytes, cut to fit; fewer where the segment ends. */
  *take(length: number): Generator<Extent> {
    for (let left = length; left > 0; ) {
      const extent = this.#extents[this.#index];
      if (!extent) return;
      const taken = Math.min(left, extent.length - this.#used);
      const { place } = extent;
      yield place
        ? { length: taken, place: { ...place, offset: place.offset + this.#used } }
        : { length: taken };
      this.#used += taken;
      left -= taken;
      if (this.#used < extent.length) continue;
      this.#index++;
      this.#used = 0;
    }
  }

  skip(length: number): void {
    for (const _ of this.take(length));
  }
}

/** The extents of a segment, found by their place in it. */
export class ExtentTable {
  readonly #extents: readonly Extent[];
  /** Where each begins, and where the last one ends. */
  readonly #starts: Uint32Array;

  constructor(extents: readonly Extent[]) {
    this.#extents = extents;
    this.#starts = new Uint32Array(extents.length + 1);
    extents.forEach(({ length }, index) => {
      this.#starts[index + 1] = (this.#starts[index] ?? 0) + length;
    });
  }

  /** Those of a stretch, cut to fit; undefined when it reaches beyond the segment. */
  slice(at: number, length: number): readonly Extent[] | undefined {
    if (at + length > (this.#starts.at(-1) ?? 0)) return undefined;
    const first = this.#indexOf(at);
    const cursor = new ExtentCursor(this.#extents, first);
    cursor.skip(at - (this.#starts[first] ?? 0));
    return [...cursor.take(length)];
  }

  /** The extent that holds a byte. */
  #indexOf(at: number): number {
    let [low, high] = [0, this.#extents.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
