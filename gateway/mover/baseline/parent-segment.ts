import { hashBytes } from '../../../shared/domain/vault/digest.ts';
import type { SegmentRef } from '../../../shared/domain/vault/manifest-rows.ts';
import { refKey } from '../../../shared/domain/vault/pack-ref.ts';
import { releaseMemory } from '../../../shared/domain/vault/release-memory.ts';
import type { Extent, Segment } from '../../../shared/domain/vault/segment.ts';
import { stripBytes, stripTagBytes } from '../changes/strip-tags.ts';
import { type KeptSegment, type KnownWindow, unknownByte } from './kept-segment.ts';

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
  readonly #strips: Buffer;
  readonly #source: SegmentSource;

  constructor(ref: SegmentRef, { digest, leaves, strips }: KeptSegment, source: SegmentSource) {
    this.ref = ref;
    this.leafCount = leaves.length / hashBytes;
    this.#digest = digest;
    this.#leaves = leaves;
    this.#strips = strips;
    this.#source = source;
  }

  get isRebuilt(): boolean {
    return this.#source.isRebuilt;
  }

  /** What it has in the place of a window; in memory of its own, for it is sent to a thread. */
  known({ at, length, leafBytes }: Readonly<Record<'at' | 'length' | 'leafBytes', number>>): KnownWindow {
    const part = (table: Buffer, unit: number, entry: number) =>
      new Uint8Array(table.subarray((at / unit) * entry, Math.ceil((at + length) / unit) * entry));
    return {
      leafDigests: part(this.#leaves, leafBytes, hashBytes),
      stripTags: part(this.#strips, stripBytes, stripTagBytes),
    };
  }

  /** Nothing more will be compared with it. */
  letGo(): void {
    for (const table of [this.#leaves, this.#strips]) releaseMemory(table);
  }

  /** Makes the leaves that lie in these packs unknown, so that they are stored again. */
  async hide(packs: ReadonlySet<string>): Promise<void> {
    const { extents, leafBytes } = await this.#read();
    let at = 0;
    for (const { length, place } of extents) {
      const [from, end] = [at, at + length];
      at = end;
      if (!place || !packs.has(refKey(place.pack))) continue;
      const forget = (table: Buffer, unit: number, entry: number) =>
        void table.subarray(Math.floor(from / unit) * entry, Math.ceil(end / unit) * entry).fill(unknownByte);
      forget(this.#leaves, leafBytes, hashBytes);
      forget(this.#strips, stripBytes, stripTagBytes);
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
