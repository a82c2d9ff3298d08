import type { SegmentRef } from '../../../shared/domain/vault/manifest-rows.ts';
import { refKey } from '../../../shared/domain/vault/pack-ref.ts';
import type { Extent, Segment } from '../../../shared/domain/vault/segment.ts';
import { leafDigestBytes, type SegmentLeaves } from './leaf-digests.ts';

/** Where a segment is read, and its digests are dropped when they turn out to be wrong. */
interface SegmentSource {
  readonly read: () => Promise<Segment | undefined>;
  readonly forget: () => Promise<void>;
  /** Whether what was kept of it had been lost. */
  readonly isRebuilt: boolean;
}

/** A segment of the parent that one of this snapshot is compared with. */
export class ParentSegment {
  readonly ref: SegmentRef;
  readonly leafCount: number;
  readonly #digest: Buffer;
  readonly #leaves: Buffer;
  readonly #source: SegmentSource;

  constructor(ref: SegmentRef, { digest, leaves }: SegmentLeaves, source: SegmentSource) {
    this.ref = ref;
    this.leafCount = leaves.length / leafDigestBytes;
    this.#digest = digest;
    this.#leaves = leaves;
    this.#source = source;
  }

  get isRebuilt(): boolean {
    return this.#source.isRebuilt;
  }

  /** The digests of the leaves from number `first` on, in memory of their own; fewer at the end. */
  known(first: number, count: number): Uint8Array {
    return new Uint8Array(this.#leaves.subarray(first * leafDigestBytes, (first + count) * leafDigestBytes));
  }

  /** Makes the leaves that lie in these packs unknown, so that they are stored again. */
  async hide(packs: ReadonlySet<string>): Promise<void> {
    const { extents, leafBytes } = await this.#read();
    let at = 0;
    for (const { length, place } of extents) {
      const [first, end] = [Math.floor(at / leafBytes), Math.ceil((at + length) / leafBytes)];
      at += length;
      // No content has this digest: it would have to be found first.
      if (place && packs.has(refKey(place.pack))) {
        this.#leaves.fill(0xff, first * leafDigestBytes, end * leafDigestBytes);
      }
    }
  }

  async extents(): Promise<readonly Extent[]> {
    return (await this.#read()).extents;
  }

  /** Throws when a segment all of whose leaves are known is another one all the same. */
  async assertDigest(digest: Buffer): Promise<void> {
    if (!this.#digest.equals(digest)) await this.#giveUp();
  }

  async #read(): Promise<Segment> {
    const segment = await this.#source.read();
    return segment?.digest.equals(this.#digest) ? segment : await this.#giveUp();
  }

  /** The next attempt does without these digests. */
  async #giveUp(): Promise<never> {
    await this.#source.forget();
    throw new Error(`the kept digests of segment ${this.ref.sha256} are not of that segment`);
  }
}
