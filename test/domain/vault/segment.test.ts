import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { segmentBytes } from '../../../shared/domain/vault/digest.ts';
import {
  decodeSegment,
  type Extent,
  encodeSegment,
  packsNamedBy,
  type Segment,
  segmentFileBytes,
} from '../../../shared/domain/vault/segment.ts';
import { flips, segments, uploadIds } from './vault-arbitraries.ts';

const [a, b] = uploadIds;
const inPack = (owner: typeof a, number: number, length: number, frame = 0, offset = 0): Extent => ({
  length,
  place: { pack: { owner, number }, frame, offset },
});
const sample: Segment = {
  leafBytes: 8192,
  digest: Buffer.alloc(32, 7),
  extents: [inPack(b, 3, 8192, 1, 300), { length: 16_384 }, inPack(a, 200, 100), inPack(b, 3, 8192, 1, 9000)],
};
const damaged = expect.objectContaining({
  code: 'VAULT_OBJECT_DAMAGED',
  message: expect.stringContaining('bundle 1 item 0'),
});
const decode = (bytes: Buffer) => decodeSegment(bytes, 'bundle 1 item 0');

describe('segments', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(segments, (segment) => {
        expect(decode(encodeSegment(segment))).toEqual(segment);
      }),
    );
  });

  it('say which packs they name and how much of each', () => {
    expect(packsNamedBy(sample)).toEqual([
      { owner: a, number: 200, bytes: 100 },
      { owner: b, number: 3, bytes: 16_384 },
    ]);
    expect(segmentFileBytes(sample)).toBe(8192 + 16_384 + 100 + 8192);
  });

  it('do not change with the snapshot that uses them', () => {
    // The bytes are the address: pinned, because a change would make every stored segment unreachable.
    expect(encodeSegment(sample).toString('hex')).toBe(
      `48534547${'01'}e48002${'8040'}${'07'.repeat(32)}02${Buffer.from(`${a}${b}`).toString('hex')}` +
        `02${'00c801'}${'0103'}04${'80400201ac02'}${'80800100'}${'64010000'}${'80400201a846'}`,
    );
  });

  it('refuse or read differently whatever bit is flipped, and never fail otherwise', () => {
    const bytes = encodeSegment(sample);
    for (const { at, flipped } of flips(bytes)) {
      let result: Segment | undefined;
      try {
        result = decode(flipped);
      } catch (error) {
        expect(error, `byte ${at}`).toEqual(
          expect.objectContaining({ code: expect.stringMatching(/^VAULT_/) }),
        );
      }
      if (result) expect(result, `byte ${at}`).not.toEqual(sample);
    }
  });

  it('notice every truncation and every byte too many', () => {
    const bytes = encodeSegment(sample);
    for (let length = 0; length < bytes.length; length++)
      expect(() => decode(bytes.subarray(0, length))).toThrow(damaged);
    expect(() => decode(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(damaged);
  });

  it('survive any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        const bytes = Buffer.concat([encodeSegment(sample).subarray(0, 5), tail]);
        expect(() => decode(bytes)).toThrow(damaged);
      }),
    );
  });

  it('refuse a claimed count before making room for it', () => {
    const head = encodeSegment(sample).subarray(0, 5 + 3 + 2 + 32);
    expect(() => decode(Buffer.concat([head, Buffer.from('ffffffff0f', 'hex')]))).toThrow(damaged);
    expect(() => decode(Buffer.concat([head, Buffer.from('00ffffffff0f', 'hex')]))).toThrow(
      /claims 4294967295 entries/,
    );
  });

  it.each([
    ['more than a segment of the file', [{ length: segmentBytes + 1 }]],
    ['nothing', []],
    ['bytes outside any frame', [inPack(a, 1, 2, 0, 2 ** 20 - 1)]],
    ['an empty extent', [{ length: 0 }, { length: 1 }]],
    ['a pack numbered 0', [inPack(a, 0, 1)]],
    ['a frame beyond any table', [inPack(a, 1, 1, 65_535)]],
  ] as [string, Extent[]][])('refuse to cover %s', (_, extents) => {
    expect(() => decode(encodeSegment({ ...sample, extents }))).toThrow(damaged);
  });

  it('refuse a leaf size that no Oracle block has', () => {
    expect(() => decode(encodeSegment({ ...sample, leafBytes: 3000 }))).toThrow(damaged);
  });

  it('refuse another version by name', () => {
    const bytes = encodeSegment(sample);
    bytes.writeUInt8(2, 4);
    expect(() => decode(bytes)).toThrow(
      expect.objectContaining({
        code: 'VAULT_FORMAT_UNSUPPORTED',
        message: expect.stringContaining('version 2'),
      }),
    );
  });
});
