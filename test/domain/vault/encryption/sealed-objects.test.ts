import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { UploadId } from '../../../../shared/domain/ids.ts';
import { MountKeys } from '../../../../shared/domain/vault/encryption/mount-keys.ts';
import { readManifest } from '../../../../shared/domain/vault/manifest-reader.ts';
import { EntryCollector, encodeManifest } from '../../../../shared/domain/vault/manifest-writer.ts';
import {
  BundleWriter,
  bundleBufferBytes,
  openBundle,
  openSegment,
} from '../../../../shared/domain/vault/map-bundle.ts';
import { openPack } from '../../../../shared/domain/vault/pack.ts';
import { file, header, inode, logs, objects, path } from '../manifest-sample.ts';
import {
  contents,
  expectRefusedOrSame,
  flips,
  mountId,
  packOf,
  randomBytes,
  uploadIds,
} from '../vault-arbitraries.ts';
import { here, keys, openSealedPack, sealedPackOf } from './sealed.ts';

const refused = expect.objectContaining({
  code: expect.stringMatching(/^VAULT_(OBJECT_DAMAGED|FORMAT_UNSUPPORTED|PATH_UNSAFE)$/),
});
/** Three frames, one of them stored raw. */
const sample = [Buffer.from('so '.repeat(40)), randomBytes('raw', 40), Buffer.alloc(300, 'x')];
const dataKey = {
  generation: 1,
  firstUploadId: '01K0000000000000000000000A' as UploadId,
  keyId: 'key-1',
  wrapped: 'AAAA',
};
const [, other] = uploadIds;
const otherMount = mountId.replace('M00', 'M01') as typeof mountId;
const strangers = {
  'of another pack of the upload': keys.of('pack', { ...here, number: 2 }),
  'of another upload': keys.of('pack', { ...here, owner: other }),
  'of another mount': new MountKeys(Buffer.alloc(32, 'k'), { mountId: otherMount, generation: 1 }).of(
    'pack',
    here,
  ),
  'of another generation': new MountKeys(Buffer.alloc(32, 'k'), { mountId, generation: 2 }).of('pack', here),
  'of another data key': new MountKeys(Buffer.alloc(32, 'j'), { mountId, generation: 1 }).of('pack', here),
};

describe('an encrypted pack', () => {
  it('gives back the frames that were put in, and shows none of them', () => {
    fc.assert(
      fc.property(fc.array(contents, { minLength: 1, maxLength: 8 }), (frames) => {
        const { bytes } = sealedPackOf(frames);

        expect(openSealedPack(bytes)).toEqual(frames);
      }),
      { numRuns: 30 },
    );
    const stored = sealedPackOf(sample).bytes;
    expect(sample.some((frame) => stored.includes(frame.subarray(0, 16)))).toBe(false);
  });

  it('is refused whatever byte of it is flipped, and wherever it is cut or extended', () => {
    const { bytes } = sealedPackOf(sample);

    for (const { at, flipped } of flips(bytes))
      expect(() => openSealedPack(flipped), `byte ${at}`).toThrow(refused);
    for (let length = 0; length < bytes.length; length += 7) {
      expect(() => openSealedPack(bytes.subarray(0, length))).toThrow(refused);
    }
    expect(() => openSealedPack(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(refused);
  });

  it.each(Object.entries(strangers))('is refused in the place of one %s', (_, of) => {
    expect(() => openSealedPack(sealedPackOf(sample, of).bytes)).toThrow(refused);
  });

  it('is refused where a plain one stands, and a plain one in its place', () => {
    expect(() => openPack(sealedPackOf(sample).bytes, 'pack 1')).toThrow(refused);
    expect(() => openSealedPack(packOf(sample).bytes)).toThrow(
      /is not encrypted, but its manifest says that it is/,
    );
  });

  it('is the same when it is made again, and has another key as soon as one bit of it would differ', () => {
    const again = sealedPackOf(sample);
    const saltOf = ({ bytes }: { readonly bytes: Buffer }) => bytes.toString('hex', 16, 48);
    const text = Array.from({ length: 900 }, (_, line) => `${line % 37} of ${line % 101}, ${line}`).join();
    // What a crash, a clone or an old image may make of the same upload: other content, another order, another level.
    const variants = [
      sample,
      sample.toReversed(),
      sample.slice(1),
      [Buffer.concat(sample)],
      [...sample, sample[0] ?? Buffer.alloc(0)],
      ...Array.from(flips(sample[1] ?? Buffer.alloc(0)), ({ flipped }) => [flipped]),
    ].map((frames) => sealedPackOf(frames));
    const levels = [1, 19].map((level) => sealedPackOf([Buffer.from(text)], undefined, level));
    const places = Object.values(strangers).map((of) => sealedPackOf(sample, of));

    expect(sealedPackOf(sample).bytes).toEqual(again.bytes);
    const all = [...variants, ...levels, ...places];
    expect(new Set(all.map(saltOf)).size).toBe(new Set(all.map(({ sha256 }) => sha256)).size);
    expect(new Set(all.map(saltOf)).size).toBe(all.length);
  });
});

test('an authenticated map bundle is refused whatever byte of it is flipped, and as that of another object', async () => {
  const bundleOf = (number: number) => {
    const writer = new BundleWriter(Buffer.alloc(bundleBufferBytes), keys.of('map', { ...here, number }));
    const place = { pack: here, frame: 0, offset: 0 };
    writer.add({
      leafBytes: 8192,
      digest: Buffer.alloc(32, 7),
      extents: [{ length: 100, place }, { length: 5 }],
    });
    return writer.seal().bytes;
  };
  const open = (bytes: Buffer) =>
    openBundle(bytes, 'map 1', undefined, keys.of('map', here)).map((item) =>
      openSegment(item, bytes.subarray(item.offset, item.offset + item.storedBytes), 'map 1 item'),
    );
  const bytes = bundleOf(1);

  expect(open(bytes)).toHaveLength(1);
  const whole = open(bytes);
  for (const { at, flipped } of flips(bytes))
    await expectRefusedOrSame(() => open(flipped), whole, `byte ${at}`);
  expect(() => open(bundleOf(2))).toThrow(/MAC is another/);
  // Whoever has no key can still read it, and sees that it belongs to the generation that the manifest names.
  expect(openBundle(bytes, 'map 1', undefined, { generation: 1 })).toHaveLength(1);
  expect(() => openBundle(bytes, 'map 1', undefined, { generation: 2 })).toThrow(refused);
});

describe('the manifest of an encrypted snapshot', () => {
  const encode = async () => {
    const collector = new EntryCollector();
    collector.add({ type: 'directory', ...path(''), ...inode });
    for (const [name, index] of [
      ['a', 0],
      ['b', 1],
    ] as const)
      collector.add(file(name, index));
    collector.add(
      file('c', 2, {
        segments: [{ sha256: 'cd'.repeat(32), ...(objects[0] ?? here), index: 2 }].map(
          ({ sha256, owner, number, index }) => ({ sha256, owner, number, index }),
        ),
      }),
    );
    return encodeManifest({ header: { ...header, encryption: dataKey }, objects, logs }, collector, keys);
  };
  const read = (bytes: Buffer) => Array.fromAsync(readManifest([bytes], 'manifest', keys));
  const linesOf = (bytes: Buffer) => zstdDecompressSync(bytes).toString().split('\n').slice(0, -1);
  const packed = (lines: readonly string[]) => zstdCompressSync(lines.map((line) => `${line}\n`).join(''));

  /** The line with one of its values, however deep, made another of the same kind. */
  function* forged(value: unknown): Generator<unknown> {
    if (typeof value === 'string')
      yield /^\d/.test(value)
        ? value.replace(/\d(?=\D*$)/, (d) => String((Number(d) + 1) % 10))
        : `${value}x`;
    if (typeof value === 'number') yield value + 1;
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      for (const other of forged(inner)) {
        yield Array.isArray(value) ? value.with(Number(name), other) : { ...value, [name]: other };
      }
    }
  }

  it('is read by who has the key, and by who has none', async () => {
    const { bytes } = await encode();

    expect((await read(bytes)).at(-1)).toMatchObject({ row: 'end' });
    expect(await Array.fromAsync(readManifest([bytes], 'manifest'))).toHaveLength(linesOf(bytes).length);
  });

  it('is refused with any value of any line forged, however well the rest is made to fit', async () => {
    const lines = linesOf((await encode()).bytes);
    let forgeries = 0;
    for (const [at, line] of lines.entries()) {
      for (const value of forged(JSON.parse(line))) {
        forgeries++;
        await expect(
          read(packed(lines.with(at, JSON.stringify(value)))),
          JSON.stringify(value),
        ).rejects.toThrow(refused);
      }
    }
    expect(forgeries).toBeGreaterThan(100);
  });

  it('is refused when lines are dropped, doubled, swapped, or its MAC is another manifest’s', async () => {
    const lines = linesOf((await encode()).bytes);
    const variants = lines.flatMap((line, at) => [
      lines.toSpliced(at, 1),
      lines.toSpliced(at, 0, line),
      lines.toSpliced(at, 2, ...lines.slice(at, at + 2).toReversed()),
    ]);
    const clear = lines.map((line) =>
      line.replace(/"encryption":\{[^}]*\}/u, '"encryption":null').replace(/,"mac":"\w+"/u, ''),
    );

    for (const variant of variants.filter((each) => each.join() !== lines.join()))
      await expect(read(packed(variant))).rejects.toThrow(refused);
    await expect(read(packed(clear))).rejects.toThrow(/MAC is another/);
    await expect(
      Array.fromAsync(
        readManifest(
          [packed(lines)],
          'manifest',
          new MountKeys(Buffer.alloc(32), { mountId, generation: 1 }),
        ),
      ),
    ).rejects.toThrow(/MAC is another/);
  });
});
