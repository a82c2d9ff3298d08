import { createHash, type Hmac } from 'node:crypto';
import { ByteWriter } from './byte-writer.ts';
import {
  aes256Gcm,
  type ContainerKind,
  headerBytes,
  type Item,
  macBytes,
  noEncryption,
  nonceBytes,
  type PreparedItem,
  saltBytes,
  trailerBytes,
} from './container.ts';
import { copyBytes } from './copy-bytes.ts';
import { sha256Hex } from './digest.ts';
import { nonceOf, sealFrame, tagBytes } from './encryption/frame-cipher.ts';
import type { ContainerKeys } from './encryption/mount-keys.ts';

export interface SealedContainer {
  readonly bytes: Buffer;
  /** Of the whole object. */
  readonly sha256: string;
  /** Of the index: lets a reader trust a range of the object without having all of it. */
  readonly indexSha256: string;
  /** Sum over the items. */
  readonly rawBytes: number;
}

const encodeHeader = (kind: ContainerKind, keys: ContainerKeys | undefined): Buffer =>
  new ByteWriter()
    .ascii(kind.headMagic)
    .u16(kind.versions.length)
    .u8(keys ? aes256Gcm : noEncryption)
    .zeros(1)
    .u32(keys?.generation ?? 0)
    .zeros(saltBytes + 16)
    .result();

const saltAt = 16;

/**
 * Fills one object. Items are copied into `buffer`, whose length is the limit of the object's size. With `keys` its index
 * gets a MAC, and the items of a kind that is encrypted are encrypted when it is sealed: before that their key is not known.
 */
export class ContainerWriter {
  readonly #kind: ContainerKind;
  readonly #buffer: Buffer;
  readonly #keys: ContainerKeys | undefined;
  /** What the items are, for the salt of their key. */
  readonly #salt: Hmac | undefined;
  readonly #hash = createHash('sha256');
  readonly #items: Omit<Item, 'hashing'>[] = [];
  #length = 0;
  #rawBytes = 0;

  constructor(kind: ContainerKind, buffer: Buffer, keys?: ContainerKeys) {
    this.#kind = kind;
    this.#buffer = buffer;
    this.#keys = keys;
    this.#salt = kind.isEncrypted ? keys?.startSalt() : undefined;
    this.#append(encodeHeader(kind, keys));
  }

  get items(): readonly unknown[] {
    return this.#items;
  }

  /** Length if sealed now with an index of `indexBytes`. */
  sizeWith(indexBytes: number): number {
    return this.#length + indexBytes + trailerBytes;
  }

  /** Length of an item in this object. */
  sizeOf(storedBytes: number): number {
    return this.#salt ? storedBytes + tagBytes : storedBytes;
  }

  /** The item's number in this object. */
  add(item: PreparedItem): number {
    const isWhole = item.stored.length > 0 && item.rawBytes > 0;
    if (!isWhole) throw new RangeError(`an item of a ${this.#kind.name} is incomplete`);
    const offset = this.#append(item.stored);
    if (this.#salt) {
      this.#salt.update(item.stored);
      this.#append(Buffer.alloc(tagBytes));
    }
    const { rawBytes, codec, hash: sha256 } = item;
    this.#rawBytes += rawBytes;
    return this.#items.push({ sha256, offset, storedBytes: this.#length - offset, rawBytes, codec }) - 1;
  }

  /** One record for each item, as the index begins; `lastField` answers the last one of each. */
  writeRecords(writer: ByteWriter, lastField: (item: number) => number): void {
    this.#items.forEach((item, number) => {
      writer.bytes(Buffer.from(item.sha256, 'hex')).u32(item.offset).u32(item.storedBytes).u32(item.rawBytes);
      writer.u8(item.codec).zeros(3);
      if (this.#salt) writer.bytes(nonceOf(number));
      else writer.zeros(nonceBytes);
      writer.u32(lastField(number));
    });
  }

  seal(index: Buffer): SealedContainer {
    if (this.#salt && this.#keys) this.#encrypt(this.#salt, this.#keys, index);
    const header = this.#buffer.subarray(0, headerBytes);
    const indexSha256 = sha256Hex(index);
    const trailer = new ByteWriter()
      .u32(this.#length)
      .u32(index.length)
      .u32(this.#items.length)
      .bytes(Buffer.from(indexSha256, 'hex'))
      .bytes(this.#keys?.mac(header, index) ?? Buffer.alloc(macBytes))
      .zeros(9)
      .u8(this.#keys ? aes256Gcm : noEncryption)
      .u16(this.#kind.versions.length)
      .ascii(this.#kind.tailMagic)
      .result();
    this.#append(index);
    this.#append(trailer);
    const bytes = this.#buffer.subarray(0, this.#length);
    const sha256 = this.#salt ? sha256Hex(bytes) : this.#hash.digest('hex');
    return { bytes, sha256, indexSha256, rawBytes: this.#rawBytes };
  }

  /** The salt follows from all that is encrypted under it: one key never sees two contents. */
  #encrypt(salt: Hmac, keys: ContainerKeys, index: Buffer): void {
    const count = new ByteWriter().u32(this.#items.length).result();
    const found = salt.update(index).update(count).digest();
    this.#buffer.set(found, saltAt);
    const key = keys.frameKey(found);
    this.#items.forEach(({ offset, storedBytes }, number) => {
      sealFrame(this.#buffer.subarray(offset, offset + storedBytes), key, number);
    });
  }

  #append(bytes: Uint8Array): number {
    const offset = this.#length;
    if (offset + bytes.length > this.#buffer.length) {
      throw new RangeError(`the ${this.#kind.name} has no room for ${bytes.length} more bytes`);
    }
    copyBytes(this.#buffer, offset, bytes);
    // Hashed as it grows: hashing 16 MiB at the end would hold up everything else for 15 ms. Not so what is still to be
    // encrypted: its bytes are known when it is sealed.
    if (!this.#salt) this.#hash.update(bytes);
    this.#length += bytes.length;
    return offset;
  }
}
