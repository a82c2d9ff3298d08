import type { LoosePiece } from '../../gateway/mover/upload/gathered-frames.ts';
import { PackTable } from '../../gateway/mover/upload/pack-table.ts';
import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import { sha256Hex } from '../../shared/domain/vault/digest.ts';
import type { ManifestHeader } from '../../shared/domain/vault/manifest-rows.ts';
import { frameBytes } from '../../shared/domain/vault/pack.ts';

export const mountId = 'mnt-01K00000000000000000000M00' as MountId;
export const uploadIds = ['01K0000000000000000000000A', '01K0000000000000000000000B'] as UploadId[];

export const headerOf = (uploadId: UploadId, parent: ManifestHeader['parent']) => {
  const at = '2026-01-31T12:00:00.000Z' as Instant;
  const clocks = { requestedAt: at, storeAt: at, serviceAt: at };
  return { mountId, uploadId, parent, clocks, snapshot: { name: 'UID_1' } };
};

/** Half of it stays after compression: 16 MiB of pack. */
const framesPerPack = 32;

/** Says where frames would lie, and makes the rows of their packs, without any bytes. */
export class PacksWithoutBytes {
  readonly table = new PackTable();
  readonly #owner: UploadId;
  #frames = 0;

  constructor(owner: UploadId) {
    this.#owner = owner;
  }

  place(): { readonly number: number; readonly frame: number } {
    const number = Math.floor(this.#frames / framesPerPack) + 1;
    const frame = this.#frames++ % framesPerPack;
    if (frame === 0) this.#addRow(number);
    return { number, frame };
  }

  async append() {
    return this.place();
  }

  #addRow(number: number): void {
    const rawBytes = framesPerPack * frameBytes;
    // As hashes are: a manifest consists of little else, and they do not compress.
    const sha256 = sha256Hex(Buffer.from(`pack ${this.#owner}/${number}`));
    const tableSha256 = sha256Hex(Buffer.from(`table of ${this.#owner}/${number}`));
    const facts = { sha256, tableSha256, storedBytes: rawBytes / 2, rawBytes, referencedBytes: 0 };
    this.table.add({ owner: this.#owner, number, ...facts });
  }
}

/** LooseLeaves without bytes: all pieces have their places at once. */
export class LooseWithoutBytes {
  readonly #packs: PacksWithoutBytes;
  #place: ReturnType<PacksWithoutBytes['place']> | undefined;
  #length = 0;

  constructor(packs: PacksWithoutBytes) {
    this.#packs = packs;
  }

  async add(bytes: Buffer, pieces: readonly LoosePiece[]): Promise<void> {
    if (this.#length + bytes.length > frameBytes) {
      this.#place = undefined;
      this.#length = 0;
    }
    this.#place ??= this.#packs.place();
    for (const piece of pieces) {
      piece.place = { ...this.#place, offset: this.#length };
      this.#length += piece.length;
    }
  }
}
