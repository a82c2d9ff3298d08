import type { UploadId } from '../../shared/domain/ids.ts';
import type { MapRow, SegmentRef } from '../../shared/domain/vault/manifest-rows.ts';
import { BundleWriter, bundleBufferBytes } from '../../shared/domain/vault/map-bundle.ts';
import { refKey } from '../../shared/domain/vault/pack-ref.ts';
import { packsNamedBy, type Segment } from '../../shared/domain/vault/segment.ts';
import type { ObjectTarget } from './ports.ts';

/** Gathers the segments of an upload in bundles and puts these to the target. */
export class MapStream {
  readonly bundles: MapRow[] = [];
  readonly #target: ObjectTarget;
  readonly #owner: UploadId;
  readonly #buffer = Buffer.allocUnsafeSlow(bundleBufferBytes);
  readonly #referenced = new Map<string, number>();
  #bundle = new BundleWriter(this.#buffer);

  constructor(target: ObjectTarget, owner: UploadId) {
    this.#target = target;
    this.#owner = owner;
  }

  async add(segment: Segment): Promise<SegmentRef> {
    for (const pack of packsNamedBy(segment)) {
      this.#referenced.set(refKey(pack), this.referencedBytes(pack) + pack.bytes);
    }
    const place = { owner: this.#owner, number: this.bundles.length + 1, ...this.#bundle.add(segment) };
    if (this.#bundle.isFull) await this.#send();
    return place;
  }

  /** How many bytes of a pack the segments so far name. */
  referencedBytes(pack: { readonly owner: UploadId; readonly number: number }): number {
    return this.#referenced.get(refKey(pack)) ?? 0;
  }

  async finish(): Promise<void> {
    if (this.#bundle.segmentCount > 0) await this.#send();
  }

  async #send(): Promise<void> {
    const segments = this.#bundle.segmentCount;
    const { bytes, sha256, indexSha256 } = this.#bundle.seal();
    const number = this.bundles.length + 1;
    const storedBytes = bytes.length;
    await this.#target.put({ kind: 'map', number, sha256, sizeBytes: storedBytes }, bytes);
    const facts = { sha256, storedBytes, tableSha256: indexSha256, segments: [[0, segments] as const] };
    this.bundles.push({ kind: 'map', owner: this.#owner, number, ...facts });
    this.#bundle = new BundleWriter(this.#buffer);
  }
}
