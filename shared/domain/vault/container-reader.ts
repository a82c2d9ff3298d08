import { timingSafeEqual } from 'node:crypto';
import { ByteReader } from './byte-reader.ts';
import { codecs, expand } from './compression.ts';
import {
  aes256Gcm,
  type ContainerKind,
  headerBytes,
  type Item,
  type ItemHashing,
  itemRecordBytes,
  macBytes,
  maxContainerBytes,
  maxItems,
  noEncryption,
  nonceBytes,
  saltBytes,
  trailerBytes,
} from './container.ts';
import {
  type FrameHashes,
  frameBlockBytes,
  frameHash,
  hashBytes,
  hashLeaves,
  plainFrameHashes,
  sha256Hex,
} from './digest.ts';
import { nonceOf, openSealed, tagBytes } from './encryption/frame-cipher.ts';
import type { ContainerGuard } from './encryption/mount-keys.ts';
import { damaged, unsupported } from './errors.ts';
import { releaseMemory } from './release-memory.ts';

export interface Trailer {
  readonly indexOffset: number;
  readonly indexBytes: number;
  readonly indexSha256: Buffer;
  readonly itemCount: number;
  readonly version: number;
  /** Zeros without encryption. */
  readonly mac: Buffer;
  /** What the snapshot's manifest says of encryption; the object says the same. */
  readonly guard: ContainerGuard | undefined;
}

/** Checks the header (the first 64 bytes) of an object, whose trailer is known; answers the salt of its key. */
export function checkHeader(kind: ContainerKind, bytes: Buffer, object: string, trailer: Trailer): Buffer {
  const { guard } = trailer;
  const reader = new ByteReader(bytes.subarray(0, headerBytes), object);
  if (reader.ascii(8) !== kind.headMagic) throw damaged(object, `does not begin as a ${kind.name} does`);
  const version = reader.u16();
  checkVersion(kind, version, reader.u8(), object, guard);
  if (version !== trailer.version)
    throw damaged(object, `begins as version ${version} and ends as ${trailer.version}`);
  reader.zeros(1);
  const generation = reader.u32();
  if (generation !== (guard?.generation ?? 0)) {
    const said = `data key ${generation}, its manifest ${guard ? guard.generation : 'none'}`;
    throw damaged(object, `names ${said}`);
  }
  if (!guard || !kind.isEncrypted) reader.zeros(saltBytes + 16);
  const salt = bytes.subarray(headerBytes - 16 - saltBytes, headerBytes - 16);
  if (guard && kind.isEncrypted) {
    reader.take(saltBytes);
    reader.zeros(16);
  }
  return salt;
}

/** Whoever has the keys knows thereby that the index, and what it lists, was written for this object. */
export function checkMac({ guard, mac }: Trailer, header: Buffer, index: Buffer, object: string): void {
  const expected = guard?.mac?.(header.subarray(0, headerBytes), index);
  if (expected && !timingSafeEqual(expected, mac))
    throw damaged(object, 'was not written with the key of its mount: its MAC is another');
}

/** `tail` ends where the object ends and holds at least the trailer. */
export function readTrailer(
  kind: ContainerKind,
  tail: Buffer,
  objectBytes: number,
  object: string,
  guard?: ContainerGuard,
): Trailer {
  if (objectBytes < headerBytes + trailerBytes || tail.length < trailerBytes) {
    throw damaged(object, `is too short for a ${kind.name}`);
  }
  const trailer = tail.subarray(tail.length - trailerBytes);
  // Read from the end: magic and version keep their place in every version.
  const last = new ByteReader(trailer.subarray(-11), object);
  const [encryption, version] = [last.u8(), last.u16()];
  if (last.ascii(8) !== kind.tailMagic) throw damaged(object, `does not end as a ${kind.name} does`);
  checkVersion(kind, version, encryption, object, guard);
  const reader = new ByteReader(trailer, object);
  const [indexOffset, indexBytes, itemCount] = [reader.u32(), reader.u32(), reader.u32()];
  const indexSha256 = reader.take(hashBytes);
  if (!guard) reader.zeros(macBytes);
  const mac = guard ? reader.take(macBytes) : Buffer.alloc(macBytes);
  reader.zeros(9);
  if (objectBytes > maxContainerBytes)
    throw damaged(object, `has ${objectBytes} bytes, more than a ${kind.name} may`);
  if (itemCount < 1 || itemCount > maxItems) throw damaged(object, `claims ${itemCount} items`);
  if (indexOffset < headerBytes || indexOffset + indexBytes + trailerBytes !== objectBytes) {
    throw damaged(object, 'has an index that does not lie between items and trailer');
  }
  if (indexBytes < itemCount * itemRecordBytes)
    throw damaged(object, `has no room for ${itemCount} items in its index`);
  return { indexOffset, indexBytes, indexSha256, itemCount, version, mac, guard };
}

function checkVersion(
  kind: ContainerKind,
  found: number,
  encryption: number,
  object: string,
  guard: ContainerGuard | undefined,
): void {
  if (found < 1 || found > kind.versions.length) {
    const known = kind.versions.map((_, index) => index + 1).join(' and ');
    throw unsupported(object, `is a ${kind.name} of version ${found}; this reader knows version ${known}`);
  }
  if (encryption === (guard ? aes256Gcm : noEncryption)) return;
  if (encryption === noEncryption)
    throw damaged(object, 'is not encrypted, but its manifest says that it is');
  const why =
    encryption === aes256Gcm ? 'and its manifest says nothing of it' : 'which this reader does not know';
  throw unsupported(object, `is encrypted with algorithm ${encryption}, ${why}`);
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
    const item = readItem(kind, reader, `${object} item ${number}`, { number, trailer });
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
  { number, trailer: { guard, version } }: { readonly number: number; readonly trailer: Trailer },
): Item & { readonly lastField: number } {
  const isSealed = kind.isEncrypted && guard !== undefined;
  const sha256 = reader.take(hashBytes).toString('hex');
  const [offset, storedBytes, rawBytes, codec] = [reader.u32(), reader.u32(), reader.u32(), reader.u8()];
  reader.zeros(3);
  if (!isSealed) reader.zeros(nonceBytes);
  else if (!reader.take(nonceBytes).equals(nonceOf(number))) throw damaged(object, 'has another nonce');
  const lastField = reader.u32();
  if (rawBytes < 1 || rawBytes > kind.maxItemBytes) throw damaged(object, `claims ${rawBytes} raw bytes`);
  if (codec !== codecs.raw && codec !== codecs.zstd) throw unsupported(object, `uses codec ${codec}`);
  const payloadBytes = isSealed ? storedBytes - tagBytes : storedBytes;
  const isPlausible = codec === codecs.raw ? payloadBytes === rawBytes : payloadBytes < rawBytes;
  if (!isPlausible || payloadBytes < 1)
    throw damaged(object, `claims ${storedBytes} stored bytes for ${rawBytes}`);
  const hashing = kind.versions[version - 1] ?? 'bytes';
  return { sha256, hashing, offset, storedBytes, rawBytes, codec, lastField };
}

/** What an encrypted item is opened with. */
export interface ItemOpening {
  /** Of its pack. */
  readonly key: Uint8Array;
  /** Its number there. */
  readonly number: number;
  readonly hashes: FrameHashes;
}

/** The raw bytes of an item, verified. The result may be a view of `stored`. */
export const openItem = (item: Item, stored: Buffer, object: string, opening?: ItemOpening): Buffer =>
  openHashedItem(item, stored, object, opening).raw;

/** An item that was verified. */
export interface OpenedItem {
  /** May be a view of what was stored. */
  readonly raw: Buffer;
  /** The hashes of its blocks, where it is hashed by blocks. */
  readonly blocks?: Buffer;
}

/** The raw bytes of an item, verified, and the hashes that this took. */
export function openHashedItem(
  item: Item,
  stored: Buffer,
  object: string,
  opening?: ItemOpening,
): OpenedItem {
  if (stored.length !== item.storedBytes)
    throw damaged(object, `has ${stored.length} of ${item.storedBytes} bytes`);
  const payload = opening ? openSealed(stored, opening.key, opening.number) : stored;
  if (!payload) throw damaged(object, 'cannot be decrypted: it is not what was stored');
  const raw = item.codec === codecs.raw ? payload : expandItem(item, payload, object);
  if (payload !== stored && payload !== raw) releaseMemory(payload);
  const hashes = opening?.hashes ?? plainFrameHashes;
  const blocks = item.hashing === 'blocks' ? hashLeaves(raw, frameBlockBytes, hashes.leaf) : undefined;
  const hash = blocks ? frameHash(raw, hashes, blocks) : hashes.frame(raw);
  if (hash.toString('hex') !== item.sha256) throw damaged(object, 'has another hash than it should have');
  return blocks ? { raw, blocks } : { raw };
}

/** Hex. */
export const hashItem = (hashing: ItemHashing, raw: Buffer, hashes: FrameHashes = plainFrameHashes): string =>
  (hashing === 'blocks' ? frameHash(raw, hashes) : hashes.frame(raw)).toString('hex');

function expandItem(item: Item, stored: Buffer, object: string): Buffer {
  try {
    return expand(stored, item.rawBytes);
  } catch (error) {
    throw damaged(object, 'cannot be decompressed', error);
  }
}
