import { createHash } from 'node:crypto';
import { ByteWriter } from './byte-writer.ts';
import {
  type ContainerKind,
  containerVersion,
  type Item,
  macBytes,
  noEncryption,
  nonceBytes,
  type PreparedItem,
  saltBytes,
  trailerBytes,
} from './container.ts';
import { sha256Hex } from './digest.ts';

export interface SealedContainer {
  readonly bytes: Buffer;
  /** Of the whole object. */
  readonly sha256: string;
  /** Of the index: lets a reader trust a range of the object without having all of it. */
  readonly indexSha256: string;
  /** Sum over the items. */
  readonly rawBytes: number;
}

const encodeHeader = (kind: ContainerKind): Buffer =>
  new ByteWriter()
    .ascii(kind.headMagic)
    .u16(containerVersion)
    .u8(noEncryption)
    .zeros(1 + 4 + saltBytes + 16)
    .result();

/** Fills one object. Items are copied into `buffer`, whose length is the limit of the object's size. */
export class ContainerWriter {
  readonly #kind: ContainerKind;
  readonly #buffer: Buffer;
  readonly #hash = createHash('sha256');
  readonly #items: Item[] = [];
  #length = 0;
  #rawBytes = 0;

  constructor(kind: ContainerKind, buffer: Buffer) {
    this.#kind = kind;
    this.#buffer = buffer;
    this.#append(encodeHeader(kind));
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  /** Length if sealed now with an index of `indexBytes`. */
  sizeWith(indexBytes: number): number {
    return this.#length + indexBytes + trailerBytes;
  }

  /** The item's number in this object. */
  add(item: PreparedItem): number {
    const isWhole = item.stored.length > 0 && item.rawBytes > 0;
    if (!isWhole) throw new RangeError(`an item of a ${this.#kind.name} is incomplete`);
    const offset = this.#append(item.stored);
    const { rawBytes, codec, rawSha256: sha256 } = item;
    this.#rawBytes += rawBytes;
    return this.#items.push({ sha256, offset, storedBytes: item.stored.length, rawBytes, codec }) - 1;
  }

  seal(index: Buffer): SealedContainer {
    const indexSha256 = sha256Hex(index);
    const trailer = new ByteWriter()
      .u32(this.#length)
      .u32(index.length)
      .u32(this.#items.length)
      .bytes(Buffer.from(indexSha256, 'hex'))
      .zeros(macBytes + 9)
      .u8(noEncryption)
      .u16(containerVersion)
      .ascii(this.#kind.tailMagic)
      .result();
    this.#append(index);
    this.#append(trailer);
    const bytes = this.#buffer.subarray(0, this.#length);
    return { bytes, sha256: this.#hash.digest('hex'), indexSha256, rawBytes: this.#rawBytes };
  }

  #append(bytes: Uint8Array): number {
    const offset = this.#length;
    if (offset + bytes.length > this.#buffer.length) {
      throw new RangeError(`the ${this.#kind.name} has no room for ${bytes.length} more bytes`);
    }
    this.#buffer.set(bytes, offset);
    // Hashed as it grows: hashing 16 MiB at the end would hold up everything else for 15 ms.
    this.#hash.update(bytes);
    this.#length += bytes.length;
    return offset;
  }
}

export const writeItemRecord = (writer: ByteWriter, item: Item, lastField: number): void => {
  writer.bytes(Buffer.from(item.sha256, 'hex')).u32(item.offset).u32(item.storedBytes).u32(item.rawBytes);
  writer
    .u8(item.codec)
    .zeros(3 + nonceBytes)
    .u32(lastField);
};
