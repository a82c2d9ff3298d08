import type { FileEntry, SegmentRef } from '../../../shared/domain/vault/manifest-rows.ts';
import { refKey } from '../../../shared/domain/vault/pack-ref.ts';
import type { Extent } from '../../../shared/domain/vault/segment.ts';
import { ExtentTable } from '../upload/extents.ts';
import type { Baselines } from './baselines.ts';
import { decodePieces, type ListedPiece } from './content-list.ts';
import type { ParentBundles } from './parent-bundles.ts';

/** 10 MB. As many pieces of 64 KiB are 8 GiB; of more content, every second, fourth, … piece leads to its neighbours. */
const maxHooks = 2 ** 17;
/** Lists held at once, a megabyte each: content that moved lies together. */
const maxHeld = 8;

interface HeldList {
  readonly pieces: ReadonlyMap<string, Pick<ListedPiece, 'at' | 'length'>>;
  readonly table: ExtentTable;
}

/**
 * Finds content of the parent wherever it lies. What is searched are the lists of pieces that the store keeps for the
 * parent's segments, on its disk; in memory are only hooks, a sample of the pieces that is thinned out until it fits. A
 * hook that is met brings its segment's whole list, in which what comes before and after it is found as well.
 */
export class ContentIndex {
  readonly #hooks = new Map<string, SegmentRef>();
  readonly #held = new Map<string, Promise<HeldList | undefined>>();
  readonly #baselines: Baselines;
  readonly #bundles: ParentBundles;
  /** Bits of a digest that are zero in hooks. */
  #mask = 0;

  private constructor(baselines: Baselines, bundles: ParentBundles) {
    this.#baselines = baselines;
    this.#bundles = bundles;
  }

  /** Over the parent's files, which are read once. */
  static async build(
    files: AsyncIterable<FileEntry>,
    baselines: Baselines,
    bundles: ParentBundles,
  ): Promise<ContentIndex> {
    const index = new ContentIndex(baselines, bundles);
    for await (const { segments } of files) {
      for (const ref of segments) {
        const list = await baselines.readPieces(ref.sha256);
        if (list) index.#addHooks(list, ref);
      }
    }
    return index;
  }

  get isEmpty(): boolean {
    return this.#hooks.size === 0;
  }

  /** Where the parent has each piece, as far as it may be named again; undefined for the others. */
  async find(pieces: readonly ListedPiece[]): Promise<(readonly Extent[] | undefined)[]> {
    for (const { digest } of pieces) {
      const ref = this.#isHook(digest) ? this.#hooks.get(keyOf(digest)) : undefined;
      if (ref) await this.#hold(ref);
    }
    const lists = (await Promise.all([...this.#held.values()].reverse())).filter(
      (list) => list !== undefined,
    );
    return pieces.map((piece) => this.#findIn(lists, piece));
  }

  #findIn(lists: readonly HeldList[], { digest, length }: ListedPiece): readonly Extent[] | undefined {
    const key = keyOf(digest);
    for (const { pieces, table } of lists) {
      const found = pieces.get(key);
      const extents = found?.length === length ? table.slice(found.at, length) : undefined;
      if (extents && !extents.some(({ place }) => place && this.#bundles.avoided.has(refKey(place.pack)))) {
        return extents;
      }
    }
    return undefined;
  }

  #addHooks(list: Buffer, ref: SegmentRef): void {
    for (const { digest } of decodePieces(list)) {
      if (!this.#isHook(digest)) continue;
      this.#hooks.set(keyOf(digest), ref);
      if (this.#hooks.size > maxHooks) this.#thinOut();
    }
  }

  #thinOut(): void {
    this.#mask = this.#mask * 2 + 1;
    for (const key of this.#hooks.keys()) {
      if (!this.#isHook(Buffer.from(key, 'latin1'))) this.#hooks.delete(key);
    }
  }

  #isHook(digest: Buffer): boolean {
    return (digest.readUInt32BE(0) & this.#mask) === 0;
  }

  #hold(ref: SegmentRef): Promise<HeldList | undefined> {
    const held = this.#held.get(ref.sha256) ?? this.#load(ref);
    // Last in the map is most recently used.
    this.#held.delete(ref.sha256);
    this.#held.set(ref.sha256, held);
    const [oldest] = this.#held.keys();
    if (this.#held.size > maxHeld && oldest !== undefined) this.#held.delete(oldest);
    return held;
  }

  /** The places come from the parent's own block map: a list cannot name what the parent's tables do not. */
  async #load(ref: SegmentRef): Promise<HeldList | undefined> {
    const list = await this.#baselines.readPieces(ref.sha256);
    const segment = list && (await this.#bundles.read(ref));
    if (!segment) return undefined;
    const pieces = Array.from(
      decodePieces(list),
      ({ digest, at, length }) => [keyOf(digest), { at, length }] as const,
    );
    return { pieces: new Map(pieces), table: new ExtentTable(segment.extents) };
  }
}

const keyOf = (digest: Buffer): string => digest.toString('latin1');
