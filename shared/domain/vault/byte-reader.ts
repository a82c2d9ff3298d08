import { damaged } from './errors.ts';

/** Reads a binary table from front to back; nothing that the bytes claim is used before it was checked. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #object: string;
  #at = 0;

  /** `object` is named in errors. */
  constructor(bytes: Buffer, object: string) {
    this.#bytes = bytes;
    this.#object = object;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** A view of the next bytes, not a copy. */
  take(length: number): Buffer {
    if (length > this.remaining)
      throw damaged(this.#object, `ends at byte ${this.#bytes.length}, inside a field`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  u8(): number {
    return this.take(1).readUInt8();
  }

  u16(): number {
    return this.take(2).readUInt16BE();
  }

  u32(): number {
    return this.take(4).readUInt32BE();
  }

  ascii(length: number): string {
    return this.take(length).toString('latin1');
  }

  /** LEB128 below 2^32. Only the shortest form is right, so that equal content has equal bytes. */
  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && scale > 1) break;
        if (value < 2 ** 32) return value;
      }
    }
    throw damaged(this.#object, `holds a malformed number before byte ${this.#at}`);
  }

  /** Reserved bytes must be zero: what they will mean one day must not be overlooked by this reader. */
  zeros(length: number): void {
    const start = this.#at;
    if (this.take(length).some((byte) => byte !== 0)) {
      throw damaged(this.#object, `has reserved bytes in use at byte ${start}`);
    }
  }

  /** Throws when bytes are left. */
  end(): void {
    if (this.remaining > 0) throw damaged(this.#object, `has ${this.remaining} bytes too many`);
  }
}
