import type { UploadId } from '../../../shared/domain/ids.ts';
import type { ObjectRef } from '../../../shared/domain/vault/pack-ref.ts';

const firstNumbers = 64;

/** Bytes that are named of each pack, in 8 bytes for each: the packs of an upload are numbered from 1. */
export class ReferenceCounts {
  readonly #byOwner = new Map<UploadId, Float64Array>();

  add({ owner, number }: ObjectRef, bytes: number): void {
    let counts = this.#byOwner.get(owner) ?? new Float64Array(firstNumbers);
    if (number >= counts.length) {
      const larger = new Float64Array(Math.max(number + 1, counts.length * 2));
      larger.set(counts);
      counts = larger;
    }
    counts[number] = (counts[number] ?? 0) + bytes;
    this.#byOwner.set(owner, counts);
  }

  of({ owner, number }: ObjectRef): number {
    return this.#byOwner.get(owner)?.[number] ?? 0;
  }
}
