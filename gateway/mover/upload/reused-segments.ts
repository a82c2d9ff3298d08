import type { SegmentRef } from '../../../shared/domain/vault/manifest-rows.ts';
import { refKey } from '../../../shared/domain/vault/pack-ref.ts';

interface ReusedBundle {
  /** Names the bundle. */
  readonly first: SegmentRef;
  /** One for each of its segments. */
  bits: Uint8Array;
}

/** The segments of the parent that are named as they stand, in a bit for each: of a million small files, all as a rule. */
export class ReusedSegments {
  readonly #bundles = new Map<string, ReusedBundle>();

  add(ref: SegmentRef): void {
    const key = refKey(ref);
    const bundle = this.#bundles.get(key) ?? { first: ref, bits: new Uint8Array(0) };
    const at = ref.index >> 3;
    if (at >= bundle.bits.length) bundle.bits = grown(bundle.bits, at + 1);
    bundle.bits[at] = (bundle.bits[at] ?? 0) | (1 << (ref.index & 7));
    this.#bundles.set(key, bundle);
  }

  /** By bundle; the numbers ascending. */
  *[Symbol.iterator](): Generator<{ readonly first: SegmentRef; readonly indexes: readonly number[] }> {
    for (const { first, bits } of this.#bundles.values()) {
      const indexes: number[] = [];
      bits.forEach((byte, at) => {
        for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) indexes.push(at * 8 + bit);
      });
      yield { first, indexes };
    }
  }
}

function grown(bits: Uint8Array, least: number): Uint8Array {
  const larger = new Uint8Array(Math.max(least, bits.length * 2));
  larger.set(bits);
  return larger;
}
