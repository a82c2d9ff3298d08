import { ByteReader } from './byte-reader.ts';
import { codecs, expand } from './compression.ts';
import {
  type ContainerKind,
  containerVersion,
  headerBytes,
  type Item,
  itemRecordBytes,
  macBytes,
  maxContainerBytes,
  maxItems,
  noEncryption,
  nonceBytes,
  saltBytes,
  trailerBytes,
} from './container.ts';
import { hashBytes, sha256Hex } from './digest.ts';
import { damaged, unsupported } from './errors.ts';

export interface Trailer {
  readonly indexOffset: number;
  readonly indexBytes: number;
  readonly indexSha256: Buffer;
  readonly itemCount: number;
}

/** Checks the header (the first 64 bytes) of a whole object. */
export function checkHeader(kind: ContainerKind, bytes: Buffer, object: string): void {
  const reader = new ByteReader(bytes.subarray(0, headerBytes), object);
  if (reader.ascii(8) !== kind.headMagic) throw damaged(object, `does not begin as a ${kind.name} does`);
  checkVersion(kind, reader.u16(), reader.u8(), object);
  reader.zeros(1 + 4 + saltBytes + 16);
}

/** `tail` ends where the object ends and holds at least the trailer. */
export function readTrailer(kind: ContainerKind, tail: Buffer, objectBytes: number, object: string): Trailer {
  if (objectBytes < headerBytes + trailerBytes || tail.length < trailerBytes) {
    throw damaged(object, `is too short for a ${kind.name}`);
  }
  const trailer = tail.subarray(tail.length - trailerBytes);
  // Read from the end: magic and version keep their place in every version.
  const last = new ByteReader(trailer.subarray(-11), object);
  const [encryption, version] = [last.u8(), last.u16()];
  if (last.ascii(8) !== kind.tailMagic) throw damaged(object, `does not end as a ${kind.name} does`);
  checkVersion(kind, version, encryption, object);
  const reader = new ByteReader(trailer, object);
  const [indexOffset, indexBytes, itemCount] = [reader.u32(), reader.u32(), reader.u32()];
  const indexSha256 = reader.take(hashBytes);
  reader.zeros(macBytes + 9);
  if (objectBytes > maxContainerBytes)
    throw damaged(object, `has ${objectBytes} bytes, more than a ${kind.name} may`);
  if (itemCount < 1 || itemCount > maxItems) throw damaged(object, `claims ${itemCount} items`);
  if (indexOffset < headerBytes || indexOffset + indexBytes + trailerBytes !== objectBytes) {
    throw damaged(object, 'has an index that does not lie between items and trailer');
  }
  if (indexBytes < itemCount * itemRecordBytes)
    throw damaged(object, `has no room for ${itemCount} items in its index`);
  return { indexOffset, indexBytes, indexSha256, itemCount };
}

function checkVersion(kind: ContainerKind, found: number, encryption: number, object: string): void {
  if (found !== containerVersion) {
    throw unsupported(
      object,
      `is a ${kind.name} of version ${found}; this reader knows version ${containerVersion}`,
    );
  }
  if (encryption !== noEncryption) {
    throw unsupported(object, `is encrypted with algorithm ${encryption}, which this reader does not know`);
  }
}

/** The index as a reader, after its hash was checked: against the trailer, and `expected` when the manifest is known. */
export function openIndex(trailer: Trailer, index: Buffer, object: string, expected?: string): ByteReader {
  const found = sha256Hex(index);
  if (found !== trailer.indexSha256.toString('hex') || (expected !== undefined && found !== expected)) {
    throw damaged(object, 'has an index with another hash than it should have');
  }
  return new ByteReader(index, object);
}

/** The item records; items must fill the object from header to index without a gap. */
export function readItems(
  kind: ContainerKind,
  reader: ByteReader,
  trailer: Trailer,
  object: string,
): (Item & { readonly lastField: number })[] {
  let expectedOffset = headerBytes;
  const items = Array.from({ length: trailer.itemCount }, (_, number) => {
    const item = readItem(kind, reader, `${object} item ${number}`);
    if (item.offset !== expectedOffset)
      throw damaged(object, `has a gap or an overlap before item ${number}`);
    expectedOffset += item.storedBytes;
    return item;
  });
  if (expectedOffset !== trailer.indexOffset)
    throw damaged(object, 'has a gap or an overlap before its index');
  return items;
}

function readItem(
  kind: ContainerKind,
  reader: ByteReader,
  object: string,
): Item & { readonly lastField: number } {
  const sha256 = reader.take(hashBytes).toString('hex');
  const [offset, storedBytes, rawBytes, codec] = [reader.u32(), reader.u32(), reader.u32(), reader.u8()];
  reader.zeros(3 + nonceBytes);
  const lastField = reader.u32();
  if (rawBytes < 1 || rawBytes > kind.maxItemBytes) throw damaged(object, `claims ${rawBytes} raw bytes`);
  if (codec !== codecs.raw && codec !== codecs.zstd) throw unsupported(object, `uses codec ${codec}`);
  const isPlausible = codec === codecs.raw ? storedBytes === rawBytes : storedBytes < rawBytes;
  if (!isPlausible || storedBytes < 1)
    throw damaged(object, `claims ${storedBytes} stored bytes for ${rawBytes}`);
  return { sha256, offset, storedBytes, rawBytes, codec, lastField };
}

/** The raw bytes of an item, verified. The result may be a view of `stored`. */
export function openItem(item: Item, stored: Buffer, object: string): Buffer {
  if (stored.length !== item.storedBytes)
    throw damaged(object, `has ${stored.length} of ${item.storedBytes} bytes`);
  const raw = item.codec === codecs.raw ? stored : expandItem(item, stored, object);
  if (sha256Hex(raw) !== item.sha256) throw damaged(object, 'has another hash than it should have');
  return raw;
}

function expandItem(item: Item, stored: Buffer, object: string): Buffer {
  try {
    return expand(stored, item.rawBytes);
  } catch (error) {
    throw damaged(object, 'cannot be decompressed', error);
  }
}
