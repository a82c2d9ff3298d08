import type { UploadId } from '../../../shared/domain/ids.ts';
import { hashBytes } from '../../../shared/domain/vault/digest.ts';
import type { PackRow } from '../../../shared/domain/vault/manifest-rows.ts';
import type { ObjectRef } from '../../../shared/domain/vault/pack-ref.ts';

/** number, stored bytes, raw bytes, referenced bytes, hash, hash of the table. */
const recordBytes = 4 + 4 + 8 + 8 + 2 * hashBytes;
/** In one piece of memory: to double a single one leaves the old one to the garbage, and most uploads have few packs. */
const chunkRecords = 128;

/** The packs of one upload, in the order of their numbers. */
interface OwnerPacks {
  readonly chunks: Buffer[];
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
    const record = nextRecord(this.#packsOf(owner));
    let at = record.writeUInt32BE(number);
    at = record.writeUInt32BE(storedBytes, at);
    at = record.writeDoubleBE(rawBytes, at);
    at = record.writeDoubleBE(referencedBytes, at);
    at += record.write(sha256, at, 'hex');
    record.write(tableSha256, at, 'hex');
  }

  find({ owner, number }: ObjectRef): PackRow | undefined {
    const packs = this.#owners.get(owner);
    if (!packs) return undefined;
    let [low, high] = [0, packs.count - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const record = recordAt(packs, middle);
      const found = record.readUInt32BE();
      if (found === number) return rowOf(owner, record);
      if (found < number) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  /** In the order of a manifest. */
  *[Symbol.iterator](): Generator<PackRow> {
    for (const owner of [...this.#owners.keys()].sort()) {
      const packs = this.#packsOf(owner);
      for (let index = 0; index < packs.count; index++) yield rowOf(owner, recordAt(packs, index));
    }
  }

  #packsOf(owner: UploadId): OwnerPacks {
    const packs = this.#owners.get(owner) ?? { chunks: [], count: 0 };
    this.#owners.set(owner, packs);
    return packs;
  }
}

function nextRecord(packs: OwnerPacks): Buffer {
  if (packs.count % chunkRecords === 0) packs.chunks.push(Buffer.allocUnsafeSlow(chunkRecords * recordBytes));
  return recordAt(packs, packs.count++);
}

function recordAt({ chunks }: OwnerPacks, index: number): Buffer {
  const at = (index % chunkRecords) * recordBytes;
  const record = chunks[Math.floor(index / chunkRecords)]?.subarray(at, at + recordBytes);
  if (!record) throw new RangeError(`there is no pack ${index} in the table`);
  return record;
}

function rowOf(owner: UploadId, record: Buffer): PackRow {
  const hashesAt = recordBytes - 2 * hashBytes;
  return {
    kind: 'pack',
    owner,
    number: record.readUInt32BE(),
    storedBytes: record.readUInt32BE(4),
    rawBytes: record.readDoubleBE(8),
    referencedBytes: record.readDoubleBE(16),
    sha256: record.toString('hex', hashesAt, hashesAt + hashBytes),
    tableSha256: record.toString('hex', hashesAt + hashBytes),
  };
}
