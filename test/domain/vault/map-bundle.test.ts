import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import {
  BundleWriter,
  bundleBufferBytes,
  type DirectoryEntry,
  openBundle,
  openSegment,
  readBundleTrailer,
  readDirectory,
} from '../../../shared/domain/vault/map-bundle.ts';
import { encodeSegment, packsNamedBy, type Segment } from '../../../shared/domain/vault/segment.ts';
import { expectRefusedOrSame, flips, segments, uploadIds } from './vault-arbitraries.ts';

const buffer = Buffer.alloc(bundleBufferBytes);
const bundleOf = (all: readonly Segment[]) => {
  const writer = new BundleWriter(buffer);
  const places = all.map((segment) => writer.add(segment));
  const sealed = writer.seal();
  return { ...sealed, bytes: Buffer.from(sealed.bytes), places };
};
const storedOf = (entry: DirectoryEntry, bytes: Buffer) =>
  bytes.subarray(entry.offset, entry.offset + entry.storedBytes);
const readAll = (bytes: Buffer): Segment[] =>
  openBundle(bytes, 'bundle 1').map((entry) => openSegment(entry, storedOf(entry, bytes), 'bundle 1'));

const [a, b] = uploadIds;
const digest = Buffer.alloc(32, 1);
const sample: Segment[] = [
  {
    leafBytes: 8192,
    digest,
    extents: [{ length: 10, place: { pack: { owner: a, number: 1 }, frame: 0, offset: 0 } }],
  },
  {
    leafBytes: 8192,
    digest,
    extents: [{ length: 5 }, { length: 10, place: { pack: { owner: b, number: 9 }, frame: 3, offset: 7 } }],
  },
];

describe('map bundles', () => {
  it('give back the segments that were put in, by their address', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(segments, {
          minLength: 1,
          maxLength: 8,
          selector: (segment) => sha256Hex(encodeSegment(segment)),
        }),
        (all) => {
          const { bytes, places } = bundleOf(all);

          expect(readAll(bytes)).toEqual(all);
          expect(places).toEqual(
            all.map((segment, index) => ({ index, sha256: sha256Hex(encodeSegment(segment)) })),
          );
        },
      ),
    );
  });

  it('tell by the directory alone which packs each segment names', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(segments, {
          minLength: 1,
          maxLength: 8,
          selector: (segment) => sha256Hex(encodeSegment(segment)),
        }),
        (all) => {
          const { bytes, indexSha256 } = bundleOf(all);
          const trailer = readBundleTrailer(bytes.subarray(bytes.length - 96), bytes.length, 'bundle 1');
          const directory = bytes.subarray(trailer.indexOffset, trailer.indexOffset + trailer.indexBytes);

          const entries = readDirectory(trailer, directory, 'bundle 1', indexSha256);

          expect(entries.map((entry) => entry.packs)).toEqual(all.map(packsNamedBy));
        },
      ),
    );
  });

  it('hold a segment once, however often it is added', () => {
    const { bytes, places } = bundleOf([...sample, ...sample]);

    expect(places.map((place) => place.index)).toEqual([0, 1, 0, 1]);
    expect(readAll(bytes)).toEqual(sample);
  });

  it('refuse a directory that names other packs than its segment', () => {
    const { bytes } = bundleOf(sample);
    const [first] = openBundle(bytes, 'bundle 1');
    if (!first) throw new Error('the bundle is empty');

    for (const packs of [
      [],
      [{ owner: a, number: 2, bytes: 10 }],
      [{ owner: b, number: 1, bytes: 10 }],
      [{ owner: a, number: 1, bytes: 9 }],
    ]) {
      expect(() => openSegment({ ...first, packs }, storedOf(first, bytes), 'bundle 1')).toThrow(
        /other packs than its directory/,
      );
    }
  });

  it('never give wrong segments whatever byte is flipped', async () => {
    for (const { at, flipped } of flips(bundleOf(sample).bytes)) {
      await expectRefusedOrSame(() => readAll(flipped), sample, `byte ${at}`);
    }
  });

  it('notice every truncation', () => {
    const { bytes } = bundleOf(sample);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readAll(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'VAULT_OBJECT_DAMAGED' }),
      );
    }
  });

  it('are not taken for packs', () => {
    const { bytes } = bundleOf(sample);
    bytes.write('PACKTAIL', bytes.length - 8);
    expect(() => readAll(bytes)).toThrow(/does not end as a map bundle does/);
  });
});
