import type { UploadId } from '../ids.ts';
import type { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { compress } from './compression.ts';
import { type ContainerKind, type Item, itemRecordBytes } from './container.ts';
import {
  checkHeader,
  checkMac,
  openIndex,
  openItem,
  readItems,
  readTrailer,
  type Trailer,
} from './container-reader.ts';
import { ContainerWriter, type SealedContainer } from './container-writer.ts';
import { sha256Hex } from './digest.ts';
import type { ContainerGuard, ContainerKeys } from './encryption/mount-keys.ts';
import { damaged } from './errors.ts';
import { compareRefs, type ObjectRef, ownersOf, readOwners, readRefs, writeOwners } from './pack-ref.ts';
import { decodeSegment, encodeSegment, maxSegmentMapBytes, packsNamedBy, type Segment } from './segment.ts';

/** A pack and how many bytes of it a segment names. */
export type NamedPack = ObjectRef & { readonly bytes: number };

/** A segment as a bundle's directory lists it: enough to know what it needs without reading it. */
export interface DirectoryEntry extends Item {
  readonly packs: readonly NamedPack[];
}

const bundleKind: ContainerKind = {
  name: 'map bundle',
  headMagic: 'HOLDMAPS',
  tailMagic: 'MAPSTAIL',
  versions: ['bytes'],
  maxItemBytes: maxSegmentMapBytes,
  // The service reads which packs a segment names: a commit, and what is reclaimed later, rest on that.
  isEncrypted: false,
};

/** Bundles are read whole at a restore, and by their directories at a commit: neither needs them large. */
const bundleTargetBytes = 4 * 2 ** 20;
/** A bundle of the target size, and one segment of the largest size with its directory entry. */
export const bundleBufferBytes = 16 * 2 ** 20;
const namedPackBytes = 12;
/** Each small file has a segment of its own; as objects the directory of 65,535 of them would take 50 MB. */
const bundleTargetSegments = 4096;

/** Gathers segments; `isFull` says when to seal. A segment that is in the bundle already is not added again. */
export class BundleWriter {
  readonly #container: ContainerWriter;
  readonly #packs: (readonly NamedPack[])[] = [];
  readonly #known = new Map<string, number>();
  #directoryBytes = 0;

  /** `buffer` has `bundleBufferBytes`. */
  constructor(buffer: Buffer, keys?: ContainerKeys) {
    this.#container = new ContainerWriter(bundleKind, buffer, keys);
  }

  get segmentCount(): number {
    return this.#packs.length;
  }

  get isFull(): boolean {
    return (
      this.#packs.length >= bundleTargetSegments ||
      this.#container.sizeWith(this.#directoryBytes) >= bundleTargetBytes
    );
  }

  /** Where the segment stands in this bundle, and its address. */
  add(segment: Segment): { readonly index: number; readonly sha256: string } {
    const raw = encodeSegment(segment);
    const sha256 = sha256Hex(raw);
    const known = this.#known.get(sha256);
    if (known !== undefined) return { index: known, sha256 };
    const index = this.#container.add({ ...compress(raw), rawBytes: raw.length, hash: sha256 });
    const packs = packsNamedBy(segment);
    this.#packs.push(packs);
    this.#directoryBytes += itemRecordBytes + packs.length * namedPackBytes;
    this.#known.set(sha256, index);
    return { index, sha256 };
  }

  seal(): SealedContainer {
    return this.#container.seal(encodeDirectory(this.#container, this.#packs));
  }
}

function encodeDirectory(
  container: Pick<ContainerWriter, 'writeRecords'>,
  packsOfItems: readonly (readonly NamedPack[])[],
): Buffer {
  const owners = ownersOf(packsOfItems.flat());
  const ownerIndex = new Map(owners.map((owner, index) => [owner, index]));
  const writer = new ByteWriter();
  container.writeRecords(writer, (item) => packsOfItems[item]?.length ?? 0);
  writer.u32(owners.length);
  writeOwners(writer, owners);
  for (const pack of packsOfItems.flat()) {
    writer
      .u32(ownerIndex.get(pack.owner) ?? 0)
      .u32(pack.number)
      .u32(pack.bytes);
  }
  return writer.result();
}

/** Where the directory lies, from the last bytes of a bundle. */
export const readBundleTrailer = (
  tail: Buffer,
  bundleBytes: number,
  object: string,
  guard?: ContainerGuard,
): Trailer => readTrailer(bundleKind, tail, bundleBytes, object, guard);

/** The directory from its bytes. `tableSha256` is what the manifest says of it. */
export function readDirectory(
  trailer: Trailer,
  directory: Buffer,
  object: string,
  tableSha256?: string,
): DirectoryEntry[] {
  const reader = openIndex(trailer, directory, object, tableSha256);
  const items = readItems(bundleKind, reader, trailer, object);
  const owners = readOwners(reader, reader.u32(), object);
  const entries = items.map((item, index): DirectoryEntry => {
    const packs = readNamedPacks(reader, item.lastField, owners, `${object} item ${index}`);
    return { ...item, packs };
  });
  reader.end();
  return entries;
}

function readNamedPacks(
  reader: ByteReader,
  count: number,
  owners: readonly UploadId[],
  object: string,
): NamedPack[] {
  if (count * namedPackBytes > reader.remaining) throw damaged(object, `claims to name ${count} packs`);
  const rows = Array.from({ length: count }, () => [reader.u32(), reader.u32(), reader.u32()] as const);
  const refs = readRefs(
    rows.map(([owner, number]) => [owner, number] as const),
    owners,
    object,
  );
  // Not `...ref`, which V8 gives a property table of its own: a large snapshot holds a hundred thousand of them.
  return refs.map(({ owner, number }, index) => ({ owner, number, bytes: rows[index]?.[2] ?? 0 }));
}

/** The directory of a whole bundle. */
export function openBundle(
  bytes: Buffer,
  object: string,
  tableSha256?: string,
  guard?: ContainerGuard,
): DirectoryEntry[] {
  const trailer = readBundleTrailer(bytes, bytes.length, object, guard);
  checkHeader(bundleKind, bytes, object, trailer);
  const directory = bytes.subarray(trailer.indexOffset, trailer.indexOffset + trailer.indexBytes);
  checkMac(trailer, bytes, directory, object);
  return readDirectory(trailer, directory, object, tableSha256);
}

/** A segment of a bundle, verified against its directory entry. `stored` are the entry's bytes. */
export function openSegment(entry: DirectoryEntry, stored: Buffer, object: string): Segment {
  const segment = decodeSegment(openItem(entry, stored, object), object);
  const named = packsNamedBy(segment);
  const isSame =
    named.length === entry.packs.length &&
    named.every((pack, index) => {
      const listed = entry.packs[index];
      return listed !== undefined && compareRefs(pack, listed) === 0 && pack.bytes === listed.bytes;
    });
  // Reclaiming goes by the directory, restoring by the segment: they must say the same.
  if (!isSame) throw damaged(object, 'names other packs than its directory says');
  return segment;
}
