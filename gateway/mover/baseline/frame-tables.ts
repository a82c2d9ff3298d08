import type { ContainerGuard, MountKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';
import type { PackRow } from '../../../shared/domain/vault/manifest-rows.ts';
import {
  type Frame,
  packTailBytes,
  readFrameTable,
  readPackTrailer,
} from '../../../shared/domain/vault/pack.ts';
import { type ObjectRef, refKey } from '../../../shared/domain/vault/pack-ref.ts';
import { hasCode } from '../../../shared/errors.ts';
import { type ContentHashes, hashesUnder } from '../changes/content-hashes.ts';
import type { ParentSource } from '../ports.ts';
import type { PackTable } from '../upload/pack-table.ts';

/** A table of a usual pack has some forty frames. */
const maxHeld = 64;

/** The hashes of the parent's frames, from the ends of its packs in the vault. */
export class FrameTables {
  /** What the frames' hashes, and the leaves' digests, are made with. */
  readonly hashes: ContentHashes;
  readonly #packs: PackTable;
  readonly #keys: MountKeys | undefined;
  readonly #source: ParentSource;
  readonly #held = new Map<string, Promise<readonly Frame[] | undefined>>();

  constructor(packs: PackTable, source: ParentSource, keys?: MountKeys) {
    this.#keys = keys;
    this.hashes = hashesUnder(keys?.content);
    this.#packs = packs;
    this.#source = source;
  }

  /** Undefined when the table is not to be had. */
  async find(pack: ObjectRef, frame: number): Promise<Frame | undefined> {
    const key = refKey(pack);
    const table = this.#held.get(key) ?? this.#load(pack);
    this.#held.set(key, table);
    const [oldest] = this.#held.keys();
    if (this.#held.size > maxHeld && oldest !== undefined) this.#held.delete(oldest);
    return (await table)?.[frame];
  }

  async #load(pack: ObjectRef): Promise<readonly Frame[] | undefined> {
    const row = this.#packs.find(pack);
    const end = row && (await this.#source.object(row));
    if (!end) return undefined;
    try {
      return readEnd(end, row, `pack ${refKey(pack)}`, this.#keys?.of('pack', row));
    } catch (error) {
      // Only the hashes are missed here; that the pack is damaged is found, and told, by those who read all of it.
      if (hasCode(error, 'VAULT_OBJECT_DAMAGED')) return undefined;
      throw error;
    }
  }
}

function readEnd(
  end: Buffer,
  row: PackRow,
  name: string,
  guard: ContainerGuard | undefined,
): Frame[] | undefined {
  const trailer = readPackTrailer(end, row.storedBytes, name, guard);
  const start = end.length - packTailBytes(trailer.itemCount);
  // A pack of many tiny frames has a longer table than the end that may be read.
  if (start < 0) return undefined;
  return readFrameTable(trailer, end.subarray(start, start + trailer.indexBytes), name, row.tableSha256);
}
