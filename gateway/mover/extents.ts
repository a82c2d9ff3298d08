import { refKey } from '../../shared/domain/vault/pack-ref.ts';
import type { Extent } from '../../shared/domain/vault/segment.ts';

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
  #index = 0;
  /** How much of the current extent is behind us. */
  #used = 0;

  constructor(extents: readonly Extent[]) {
    this.#extents = extents;
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
