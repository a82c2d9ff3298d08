import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import {
  type Frame,
  frameBytes,
  openFrame,
  openPack,
  PackWriter,
  packTailBytes,
  readFrameTable,
  readPackTrailer,
} from '../../../shared/domain/vault/pack.ts';
import {
  contents,
  expectRefusedOrSame,
  flips,
  packOf,
  prepareFrame,
  randomBytes,
} from './vault-arbitraries.ts';

const readAll = (bytes: Buffer): Buffer[] =>
  openPack(bytes, 'pack 1').map((frame) => openFrame(frame, storedOf(frame, bytes), 'pack 1'));
const storedOf = (frame: Frame, bytes: Buffer) =>
  bytes.subarray(frame.offset, frame.offset + frame.storedBytes);
const damaged = expect.objectContaining({
  code: 'VAULT_OBJECT_DAMAGED',
  message: expect.stringContaining('pack 1'),
});
const unsupported = expect.objectContaining({
  code: 'VAULT_FORMAT_UNSUPPORTED',
  message: expect.stringContaining('pack 1'),
});
/** Three frames, one of them stored raw. */
const sample = [Buffer.from('so '.repeat(40)), randomBytes('raw', 40), Buffer.alloc(300, 'x')];

describe('packs', () => {
  it('give back the frames that were put in', () => {
    fc.assert(
      fc.property(fc.array(contents, { minLength: 1, maxLength: 12 }), (frames) => {
        const pack = packOf(frames);

        expect(readAll(pack.bytes)).toEqual(frames);
        expect(pack.sha256).toBe(sha256Hex(pack.bytes));
        expect(pack.rawBytes).toBe(frames.reduce((sum, frame) => sum + frame.length, 0));
      }),
    );
  });

  it('store a frame as it is where zstd would not make it smaller', () => {
    expect(openPack(packOf(sample).bytes, 'pack 1').map((frame) => frame.codec)).toEqual([1, 0, 1]);
  });

  it('can be read from the end and by ranges', () => {
    const { bytes, indexSha256 } = packOf(sample);
    const tail = bytes.subarray(bytes.length - packTailBytes(sample.length));

    const trailer = readPackTrailer(tail, bytes.length, 'pack 1');
    const frames = readFrameTable(trailer, tail.subarray(0, trailer.indexBytes), 'pack 1', indexSha256);

    expect(frames).toEqual(openPack(bytes, 'pack 1', indexSha256));
  });

  it('fill their buffer exactly and say when a frame has no room', () => {
    const writer = new PackWriter(Buffer.alloc(4096));
    const frame = prepareFrame(randomBytes('filling', 500));
    let added = 0;
    while (writer.hasRoomFor(frame.stored.length)) added = writer.add(frame) + 1;

    const { bytes } = writer.seal();

    expect(added).toBe(Math.floor((4096 - 64 - 96) / (500 + 64)));
    expect(readAll(bytes)).toHaveLength(added);
  });

  it('refuse a table with another hash than the manifest says', () => {
    expect(() => openPack(packOf(sample).bytes, 'pack 1', '0'.repeat(64))).toThrow(damaged);
  });

  it('never give wrong bytes whatever byte is flipped', async () => {
    for (const { at, flipped } of flips(packOf(sample).bytes)) {
      await expectRefusedOrSame(() => readAll(flipped), sample, `byte ${at}`);
    }
  });

  it('notice every truncation and every byte too many', () => {
    const { bytes } = packOf(sample);
    for (let length = 0; length < bytes.length; length++)
      expect(() => readAll(bytes.subarray(0, length))).toThrow(damaged);
    expect(() => readAll(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(damaged);
    expect(() => readAll(Buffer.concat([Buffer.alloc(1), bytes]))).toThrow(damaged);
  });

  it('refuse versions and algorithms that are not known, by name', () => {
    const { bytes } = packOf(sample);
    const change = (at: number, value: number) => {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(value, at);
      return () => readAll(changed);
    };

    expect(change(9, 3)).toThrow(unsupported);
    expect(change(9, 1)).toThrow(/begins as version 1 and ends as 2/);
    expect(change(10, 1)).toThrow(unsupported);
    expect(change(bytes.length - 9, 3)).toThrow(/is a pack of version 3; this reader knows version 1 and 2/);
    expect(change(bytes.length - 11, 1)).toThrow(/is encrypted with algorithm 1/);
    expect(change(bytes.length - 11, 1)).toThrow(unsupported);
  });

  it('do not expand a frame beyond the length its table claims', () => {
    const bomb = zstdCompressSync(Buffer.alloc(64 * 2 ** 20));
    const frame: Frame = {
      sha256: '0'.repeat(64),
      hashing: 'bytes',
      offset: 64,
      storedBytes: bomb.length,
      rawBytes: frameBytes,
      codec: 1,
    };

    expect(() => openFrame(frame, bomb, 'pack 1')).toThrow(damaged);
  });

  it('refuse a frame that expands to less than its table claims', () => {
    const raw = Buffer.alloc(1000, 'a');
    const stored = zstdCompressSync(raw);
    const frame: Frame = {
      sha256: sha256Hex(raw),
      hashing: 'bytes',
      offset: 64,
      storedBytes: stored.length,
      rawBytes: 1001,
      codec: 1,
    };

    expect(() => openFrame(frame, stored, 'pack 1')).toThrow(damaged);
  });

  it('refuse tables that lie about lengths, however they are signed', () => {
    const { bytes } = packOf(sample);
    const trailer = readPackTrailer(bytes, bytes.length, 'pack 1');
    const forge = (at: number, value: number) => {
      const forged = Buffer.from(bytes);
      forged.writeUInt32BE(value, trailer.indexOffset + at);
      const index = forged.subarray(trailer.indexOffset, trailer.indexOffset + trailer.indexBytes);
      Buffer.from(sha256Hex(index), 'hex').copy(forged, forged.length - 96 + 12);
      return () => readAll(forged);
    };

    expect(forge(32, 65)).toThrow(/gap or an overlap/);
    expect(forge(36, 0)).toThrow(damaged);
    expect(forge(36, 0xffffffff)).toThrow(damaged);
    expect(forge(40, 0)).toThrow(damaged);
    expect(forge(40, frameBytes + 1)).toThrow(damaged);
    expect(forge(44, 0x02000000)).toThrow(/codec 2/);
    expect(forge(60, 1)).toThrow(/reserved/);
  });
});
