import type { UploadId } from '../../../shared/domain/ids.ts';
import type { MountKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';
import type { MapRow, SegmentRef } from '../../../shared/domain/vault/manifest-rows.ts';
import { BundleWriter, bundleBufferBytes } from '../../../shared/domain/vault/map-bundle.ts';
import type { ObjectRef } from '../../../shared/domain/vault/pack-ref.ts';
import { RunSet } from '../../../shared/domain/vault/run-set.ts';
import { packsNamedBy, type Segment } from '../../../shared/domain/vault/segment.ts';
import type { Baselines } from '../baseline/baselines.ts';
import type { ParentSnapshot } from '../baseline/parent-snapshot.ts';
import type { ObjectTarget } from '../ports.ts';
import { SpareMemory } from '../spare-memory.ts';
import { ReferenceCounts } from './reference-counts.ts';
import { ReusedSegments } from './reused-segments.ts';

/** Not that of packs: a bundle mostly touches little of it, and only that much is memory. */
const memory = new SpareMemory(bundleBufferBytes);

interface SealedBundle {
  readonly row: MapRow;
  readonly bytes: Buffer;
}

/** Gathers the segments of an upload in bundles and puts these to the target; notes which of the parent's are used. */
export class MapStream {
  readonly #bundles: MapRow[] = [];
  readonly #target: ObjectTarget;
  readonly #owner: UploadId;
  readonly #baselines: Baselines | undefined;
  readonly #buffer = memory.take();
  readonly #referenced = new ReferenceCounts();
  readonly #reused = new ReusedSegments();
  readonly #keys: MountKeys | undefined;
  #bundle: BundleWriter;
  #sending: Promise<void> = Promise.resolve();

  constructor(target: ObjectTarget, owner: UploadId, baselines: Baselines | undefined, keys?: MountKeys) {
    this.#target = target;
    this.#owner = owner;
    this.#baselines = baselines;
    this.#keys = keys;
    this.#bundle = this.#startBundle();
  }

  async add(segment: Segment): Promise<SegmentRef> {
    const before = this.#bundle.segmentCount;
    const place = { owner: this.#owner, number: this.#bundles.length + 1, ...this.#bundle.add(segment) };
    if (this.#bundle.segmentCount > before) this.#addReferences(packsNamedBy(segment));
    if (this.#bundle.isFull) await this.#send(this.#seal());
    return place;
  }

  /** Names a segment of the parent as it stands. */
  reuse(ref: SegmentRef): void {
    this.#reused.add(ref);
  }

  /** How many bytes of a pack the used segments name; complete after `finish`. */
  referencedBytes(pack: ObjectRef): number {
    return this.#referenced.of(pack);
  }

  /**
   * Begins to send what is left, and answers the rows of all bundles in use, the parent's too. Nothing may be committed
   * that names them before `sent` has resolved; what it rejects with does not count as unhandled.
   */
  async finish(parent: ParentSnapshot | undefined): Promise<{ rows: MapRow[]; sent: Promise<void> }> {
    const sent = this.#bundle.segmentCount > 0 ? this.#send(this.#seal()) : Promise.resolve();
    sent.catch(() => {});
    this.#sending = sent;
    const rows = [...this.#bundles];
    for (const { first, indexes } of this.#reused) {
      if (!parent) throw new Error('a segment of a parent was used without a parent');
      const row = { ...parent.mapRow(first), segments: RunSet.runsOf(indexes) };
      this.#addReferences(await parent.packsNamedBy(row, indexes));
      rows.push(row);
    }
    return { rows, sent };
  }

  /** Gives the memory back, when nothing reads from it any more. */
  async close(): Promise<void> {
    await this.#sending.catch(() => {});
    memory.give(this.#buffer);
  }

  #addReferences(packs: readonly (ObjectRef & { readonly bytes: number })[]): void {
    for (const pack of packs) this.#referenced.add(pack, pack.bytes);
  }

  #seal(): SealedBundle {
    const segments = this.#bundle.segmentCount;
    const { bytes, sha256, indexSha256 } = this.#bundle.seal();
    const number = this.#bundles.length + 1;
    const facts = { sha256, storedBytes: bytes.length, tableSha256: indexSha256 };
    const row = { kind: 'map', owner: this.#owner, number, ...facts, segments: [[0, segments]] } as const;
    this.#bundles.push(row);
    return { row, bytes };
  }

  /** The next bundle takes the memory of this one. */
  async #send({ row, bytes }: SealedBundle): Promise<void> {
    const { number, sha256, storedBytes } = row;
    await this.#target.put({ kind: 'map', number, sha256, sizeBytes: storedBytes }, bytes);
    await this.#baselines?.keepObject(sha256, bytes);
    this.#bundle = this.#startBundle();
  }

  #startBundle(): BundleWriter {
    const ref = { owner: this.#owner, number: this.#bundles.length + 1 };
    return new BundleWriter(this.#buffer, this.#keys?.of('map', ref));
  }
}
