import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import type { MountKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';
import type { MapRow, SegmentRef } from '../../../shared/domain/vault/manifest-rows.ts';
import {
  type DirectoryEntry,
  type NamedPack,
  openBundle,
  openSegment,
} from '../../../shared/domain/vault/map-bundle.ts';
import { refKey } from '../../../shared/domain/vault/pack-ref.ts';
import type { Segment } from '../../../shared/domain/vault/segment.ts';
import type { ParentSource } from '../ports.ts';
import type { Baselines } from './baselines.ts';

interface Bundle {
  readonly bytes: Buffer;
  readonly directory: readonly DirectoryEntry[];
}

/** Bundles held in memory, about 4 MiB each: neighbours in the tree mostly lie in few of them. */
const maxHeld = 4;

/** The map bundles that a parent's tables name, as the store has kept them, or as the vault has them. */
export class ParentBundles {
  /** Packs that must not be named again, by refKey. */
  readonly avoided: ReadonlySet<string>;
  readonly #baselines: Baselines;
  readonly #source: ParentSource | undefined;
  readonly #keys: MountKeys | undefined;
  readonly #rows: ReadonlyMap<string, MapRow>;
  readonly #held = new Map<string, Promise<Bundle | undefined>>();
  /** Of bundles that were looked at: the segments that name an avoided pack; undefined for lost ones. */
  readonly #tainted = new Map<string, ReadonlySet<number> | undefined>();

  constructor(
    baselines: Baselines,
    rows: readonly MapRow[],
    {
      avoided,
      source,
      keys,
    }: {
      avoided: ReadonlySet<string>;
      source: ParentSource | undefined;
      keys?: MountKeys | undefined;
    },
  ) {
    this.#keys = keys;
    this.#baselines = baselines;
    this.#source = source;
    this.#rows = new Map(rows.map((row) => [refKey(row), row]));
    this.avoided = avoided;
  }

  row(ref: SegmentRef): MapRow {
    const row = this.#rows.get(refKey(ref));
    if (!row) throw new Error(`the parent has no map bundle ${refKey(ref)}`);
    return row;
  }

  async has(ref: SegmentRef): Promise<boolean> {
    return (await this.#taintedOf(ref)) !== undefined;
  }

  /** Whether the segment is there and names no pack that is avoided. */
  async isReusable(ref: SegmentRef): Promise<boolean> {
    const tainted = await this.#taintedOf(ref);
    return tainted !== undefined && !tainted.has(ref.index);
  }

  async read(ref: SegmentRef): Promise<Segment | undefined> {
    const bundle = await this.#open(this.row(ref));
    const item = bundle?.directory[ref.index];
    if (!bundle || item?.sha256 !== ref.sha256) return undefined;
    const stored = bundle.bytes.subarray(item.offset, item.offset + item.storedBytes);
    return openSegment(item, stored, `map bundle ${refKey(ref)} item ${ref.index}`);
  }

  async packsNamedBy(row: MapRow, indexes: Iterable<number>): Promise<NamedPack[]> {
    const bundle = await this.#open(row);
    if (!bundle) throw new Error(`map bundle ${refKey(row)} was lost while it was used`);
    return Array.from(indexes).flatMap((index) => bundle.directory[index]?.packs ?? []);
  }

  async #taintedOf(ref: SegmentRef): Promise<ReadonlySet<number> | undefined> {
    const key = refKey(ref);
    if (!this.#tainted.has(key)) {
      const bundle = await this.#open(this.row(ref));
      this.#tainted.set(key, bundle && this.#findTainted(bundle));
    }
    return this.#tainted.get(key);
  }

  #findTainted({ directory }: Bundle): ReadonlySet<number> {
    const isTainted = ({ packs }: DirectoryEntry) => packs.some((pack) => this.avoided.has(refKey(pack)));
    return new Set(directory.flatMap((entry, index) => (isTainted(entry) ? [index] : [])));
  }

  #open(row: MapRow): Promise<Bundle | undefined> {
    const key = refKey(row);
    const bundle = this.#held.get(key) ?? this.#load(row);
    // Last in the map is most recently used.
    this.#held.delete(key);
    this.#held.set(key, bundle);
    const [oldest] = this.#held.keys();
    if (this.#held.size > maxHeld && oldest !== undefined) this.#held.delete(oldest);
    return bundle;
  }

  async #load(row: MapRow): Promise<Bundle | undefined> {
    const bytes = (await this.#baselines.readObject(row.sha256)) ?? (await this.#fetch(row));
    if (!bytes) return undefined;
    const guard = this.#keys?.of('map', row);
    return { bytes, directory: openBundle(bytes, `map bundle ${refKey(row)}`, row.tableSha256, guard) };
  }

  async #fetch(row: MapRow): Promise<Buffer | undefined> {
    const bytes = await this.#source?.object(row);
    if (!bytes || sha256Hex(bytes) !== row.sha256) return undefined;
    await this.#baselines.keepObject(row.sha256, bytes);
    return bytes;
  }
}
