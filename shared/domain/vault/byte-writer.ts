/** Builds a binary table; big-endian, varints as LEB128. */
export class ByteWriter {
  #bytes = Buffer.alloc(1024);
  #length = 0;

  bytes(source: Uint8Array): this {
    this.#room(source.length);
    this.#bytes.set(source, this.#length);
    this.#length += source.length;
    return this;
  }

  ascii(text: string): this {
    return this.bytes(Buffer.from(text, 'latin1'));
  }

  zeros(length: number): this {
    return this.bytes(Buffer.alloc(length));
  }

  u8(value: number): this {
    this.#room(1);
    this.#length = this.#bytes.writeUInt8(value, this.#length);
    return this;
  }

  u16(value: number): this {
    this.#room(2);
    this.#length = this.#bytes.writeUInt16BE(value, this.#length);
    return this;
  }

  u32(value: number): this {
    this.#room(4);
    this.#length = this.#bytes.writeUInt32BE(value, this.#length);
    return this;
  }

  varint(value: number): this {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32)
      throw new RangeError(`no varint: ${value}`);
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 128);
    }
    return this.u8(rest);
  }

  /** What was written; a view that further writing may detach. */
  result(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #room(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#length + length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
