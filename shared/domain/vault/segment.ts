import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { maxItems } from './container.ts';
import { hashBytes, isLeafSize, segmentBytes } from './digest.ts';
import { damaged, unsupported } from './errors.ts';
import { frameBytes } from './pack.ts';
import {
  compareRefs,
  type ObjectRef,
  ownersOf,
  readOwners,
  readRefs,
  refKey,
  writeOwners,
} from './pack-ref.ts';

/** Where bytes of a file lie: `offset` bytes into the raw bytes of frame `frame` of `pack`. */
export interface FramePlace {
  readonly pack: ObjectRef;
  readonly frame: number;
  readonly offset: number;
}

/** The next `length` bytes of the file: at a place, or zeros where there is none. */
export interface Extent {
  readonly length: number;
  readonly place?: FramePlace;
}

/** The block map of up to 256 MiB of a file. */
export interface Segment {
  readonly leafBytes: number;
  /** Of the file's content here (see digest.ts). */
  readonly digest: Buffer;
  readonly extents: readonly Extent[];
}

const magic = 'HSEG';
const version = 1;
/** Twice what 256 MiB in scattered blocks of 2 KiB needs. */
export const maxExtents = 2 ** 18;
export const maxSegmentMapBytes = 8 * 2 ** 20;

export const segmentFileBytes = (segment: Segment): number =>
  segment.extents.reduce((sum, extent) => sum + extent.length, 0);

/** The packs that a segment names, in table order, each with the bytes named in it. */
export function packsNamedBy(segment: Segment): (ObjectRef & { readonly bytes: number })[] {
  const named = new Map<string, ObjectRef & { bytes: number }>();
  for (const { place, length } of segment.extents) {
    if (!place) continue;
    const entry = named.get(refKey(place.pack));
    if (entry) entry.bytes += length;
    else named.set(refKey(place.pack), { owner: place.pack.owner, number: place.pack.number, bytes: length });
  }
  return [...named.values()].sort(compareRefs);
}

/** The segment's bytes; its address is their SHA-256. */
export function encodeSegment(segment: Segment): Buffer {
  const packs = packsNamedBy(segment);
  const owners = ownersOf(packs);
  const writer = new ByteWriter().ascii(magic).u8(version);
  writer.varint(segmentFileBytes(segment)).varint(segment.leafBytes).bytes(segment.digest);
  writer.varint(owners.length);
  writeOwners(writer, owners);
  writer.varint(packs.length);
  for (const pack of packs) writer.varint(owners.indexOf(pack.owner)).varint(pack.number);
  const indexOf = new Map(packs.map((pack, index) => [refKey(pack), index + 1]));
  writer.varint(segment.extents.length);
  for (const { length, place } of segment.extents) {
    writer.varint(length).varint(place ? (indexOf.get(refKey(place.pack)) ?? 0) : 0);
    if (place) writer.varint(place.frame).varint(place.offset);
  }
  return writer.result();
}

/** Reads a segment whose hash was checked; everything it claims is checked all the same. */
export function decodeSegment(bytes: Buffer, object: string): Segment {
  const reader = new ByteReader(bytes, object);
  if (reader.ascii(4) !== magic) throw damaged(object, 'does not begin as a segment does');
  const found = reader.u8();
  if (found !== version) {
    throw unsupported(object, `is a segment of version ${found}; this reader knows version ${version}`);
  }
  const fileBytes = reader.varint();
  const leafBytes = reader.varint();
  if (fileBytes < 1 || fileBytes > segmentBytes) throw damaged(object, `claims ${fileBytes} bytes of a file`);
  if (!isLeafSize(leafBytes)) throw damaged(object, `claims leaves of ${leafBytes} bytes`);
  const digest = reader.take(hashBytes);
  const packs = readPackTable(reader, object);
  const extents = readExtents(reader, packs, object);
  reader.end();
  if (extents.reduce((sum, extent) => sum + extent.length, 0) !== fileBytes) {
    throw damaged(object, `has extents that do not add up to its ${fileBytes} bytes`);
  }
  return { leafBytes, digest, extents };
}

function readPackTable(reader: ByteReader, object: string): ObjectRef[] {
  const owners = readOwners(reader, reader.varint(), object);
  const pairs = readMany(reader, 2, object, () => [reader.varint(), reader.varint()] as const);
  const packs = readRefs(pairs, owners, object);
  // Reclaiming trusts this table: it must name what the extents use, no more and no less (checked below for packs).
  if (ownersOf(packs).length !== owners.length) throw damaged(object, 'lists an owner without a pack');
  return packs;
}

function readExtents(reader: ByteReader, packs: readonly ObjectRef[], object: string): Extent[] {
  const used = new Set<number>();
  const extents = readMany(reader, 2, object, (): Extent => {
    const [length, packIndex] = [reader.varint(), reader.varint()];
    if (length < 1) throw damaged(object, 'has an empty extent');
    if (packIndex === 0) return { length };
    used.add(packIndex);
    const pack = packs[packIndex - 1];
    if (!pack) throw damaged(object, `names pack ${packIndex} of ${packs.length}`);
    const [frame, offset] = [reader.varint(), reader.varint()];
    if (frame >= maxItems || offset + length > frameBytes)
      throw damaged(object, 'names bytes outside any frame');
    return { length, place: { pack, frame, offset } };
  });
  if (used.size !== packs.length) throw damaged(object, 'lists a pack that no extent uses');
  return extents;
}

/** A varint count and that many things of at least `leastBytes` each. */
function readMany<T>(reader: ByteReader, leastBytes: number, object: string, read: () => T): T[] {
  const count = reader.varint();
  if (count > maxExtents || count * leastBytes > reader.remaining)
    throw damaged(object, `claims ${count} entries`);
  return Array.from({ length: count }, read);
}
