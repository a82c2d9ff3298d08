import type { MapRow, ObjectRow, PackRow } from '../../../shared/domain/vault/manifest-rows.ts';
import { compareRefs, type ObjectRef } from '../../../shared/domain/vault/pack-ref.ts';

/** The objects that a snapshot needs, in the order of its manifest: map bundles, then packs, own and the parent's. */
export class ObjectTables implements Iterable<ObjectRow> {
  readonly #bundles: readonly MapRow[];
  readonly #packs: readonly Iterable<PackRow>[];
  readonly #referencedBytes: (pack: ObjectRef) => number;

  /** Each of `packs` is in order by itself. */
  constructor(
    bundles: readonly MapRow[],
    packs: readonly Iterable<PackRow>[],
    referencedBytes: (pack: ObjectRef) => number,
  ) {
    this.#bundles = bundles.toSorted(compareRefs);
    this.#packs = packs;
    this.#referencedBytes = referencedBytes;
  }

  *[Symbol.iterator](): Generator<ObjectRow> {
    yield* this.#bundles;
    for (const pack of mergeInOrder(this.#packs)) {
      const referencedBytes = Math.min(pack.rawBytes, this.#referencedBytes(pack));
      // The table is the union of what the used segments name: one too few would be reclaimed, one too many never.
      if (referencedBytes > 0) yield { ...pack, referencedBytes };
    }
  }
}

function* mergeInOrder(tables: readonly Iterable<PackRow>[]): Generator<PackRow> {
  const heads = tables.map((table) => {
    const rows = table[Symbol.iterator]();
    return { rows, next: rows.next() };
  });
  for (;;) {
    const [least] = heads
      .flatMap((head) => (head.next.done ? [] : [{ head, row: head.next.value }]))
      .sort((one, other) => compareRefs(one.row, other.row));
    if (!least) return;
    yield least.row;
    least.head.next = least.head.rows.next();
  }
}
