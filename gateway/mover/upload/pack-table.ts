import type { UploadId } from '../../../shared/domain/ids.ts';
import { hashBytes } from '../../../shared/domain/vault/digest.ts';
import type { PackRow } from '../../../shared/domain/vault/manifest-rows.ts';
import type { ObjectRef } from '../../../shared/domain/vault/pack-ref.ts';

/** number, stored bytes, raw bytes, referenced bytes, hash, hash of the table. */
const recordBytes = 4 + 4 + 8 + 8 + 2 * hashBytes;
const firstRecords = 64;

/** The packs of one upload, in the order of their numbers. */
interface OwnerPacks {
  records: Buffer;
  count: number;
}

/**
 * Rows of packs in 88 bytes each: 10 TB are 600,000 packs, which as objects with their texts would be 200 MB. Rows are
 * added in the order of numbers within an owner, as manifests have them.
 */
export class PackTable {
  readonly #owners = new Map<UploadId, OwnerPacks>();

  add({
    owner,
    number,
    storedBytes,
    rawBytes,
    referencedBytes,
    sha256,
    tableSha256,
  }: Omit<PackRow, 'kind'>): void {
    const packs = this.#packsOf(owner);
    let at = packs.count++ * recordBytes;
    at = packs.records.writeUInt32BE(number, at);
    at = packs.records.writeUInt32BE(storedBytes, at);
    at = packs.records.writeDoubleBE(rawBytes, at);
    at = packs.records.writeDoubleBE(referencedBytes, at);
    at += packs.records.write(sha256, at, 'hex');
    packs.records.write(tableSha256, at, 'hex');
  }

  find({ owner, number }: ObjectRef): PackRow | undefined {
    const packs = this.#owners.get(owner);
    if (!packs) return undefined;
    let [low, high] = [0, packs.count - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = packs.records.readUInt32BE(middle * recordBytes);
      if (found === number) return rowAt(owner, packs.records, middle);
      if (found < number) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  /** In the order of a manifest. */
  *[Symbol.iterator](): Generator<PackRow> {
    for (const owner of [...this.#owners.keys()].sort()) {
      const { records, count } = this.#packsOf(owner);
      for (let index = 0; index < count; index++) yield rowAt(owner, records, index);
    }
  }

  #packsOf(owner: UploadId): OwnerPacks {
    const known = this.#owners.get(owner);
    const packs = known ?? { records: Buffer.allocUnsafeSlow(firstRecords * recordBytes), count: 0 };
    if (!known) this.#owners.set(owner, packs);
    if ((packs.count + 1) * recordBytes > packs.records.length) {
      const larger = Buffer.allocUnsafeSlow(packs.records.length * 2);
      larger.set(packs.records);
      packs.records = larger;
    }
    return packs;
  }
}

function rowAt(owner: UploadId, records: Buffer, index: number): PackRow {
  const at = index * recordBytes;
  const hashesAt = at + recordBytes - 2 * hashBytes;
  return {
    kind: 'pack',
    owner,
    number: records.readUInt32BE(at),
    storedBytes: records.readUInt32BE(at + 4),
    rawBytes: records.readDoubleBE(at + 8),
    referencedBytes: records.readDoubleBE(at + 16),
    sha256: records.toString('hex', hashesAt, hashesAt + hashBytes),
    tableSha256: records.toString('hex', hashesAt + hashBytes, hashesAt + 2 * hashBytes),
  };
}
