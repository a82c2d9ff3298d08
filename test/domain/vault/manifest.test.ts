import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import { readManifest, readManifestHead } from '../../../shared/domain/vault/manifest-reader.ts';
import type { ManifestEntry, ManifestRow, ObjectRow } from '../../../shared/domain/vault/manifest-rows.ts';
import { compressTo } from '../../../shared/domain/vault/manifest-writer.ts';
import {
  damaged,
  edited,
  encode,
  entries,
  file,
  header,
  inode,
  logs,
  objects,
  path,
  readAll,
} from './manifest-sample.ts';
import { expectRefusedOrSame, flips } from './vault-arbitraries.ts';

describe('manifests', () => {
  it('are read as they were written, in order', async () => {
    const { bytes, sha256: hash } = await encode();

    const rows = await readAll(bytes);

    const totals = { objects: 4, logs: 1, entries: 8, files: 3, bytes: 3 * 8192, skipped: 1 };
    expect(rows).toEqual([
      { row: 'manifest', header: { ...header, totals } },
      ...objects.map((object) => ({ row: 'object', object })),
      ...logs.map((log) => ({ row: 'log', log })),
      ...entries.map((entry) => ({ row: 'entry', entry })),
      { row: 'end', totals },
    ]);
    expect(hash).toBe(sha256Hex(bytes));
  });

  it('give equal bytes for equal rows', async () => {
    expect((await encode()).bytes).toEqual((await encode()).bytes);
  });

  it('give the memory of each large piece back as soon as it is compressed', async () => {
    const pieces = [1, 2, 3].map((number) => Buffer.alloc(2 ** 20, number));
    const expected = Buffer.concat(pieces);
    const compressed: Buffer[] = [];
    function* inTurn(): Generator<Buffer> {
      for (const piece of pieces) {
        yield piece;
        expect(piece.buffer.byteLength).toBe(0);
      }
    }

    await compressTo(inTurn(), (chunk) => void compressed.push(chunk));

    expect(zstdDecompressSync(Buffer.concat(compressed)).equals(expected)).toBe(true);
  });

  it('can be read in pieces of any size', async () => {
    const { bytes } = await encode();
    const whole = await readAll(bytes);
    const rows: ManifestRow[] = [];
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));

    for await (const row of readManifest(single, 'manifest 1')) rows.push(row);

    expect(rows).toEqual(whole);
  });

  it('show their tables without reading the entries', async () => {
    const { bytes } = await encode({
      entries: manyFiles(20_000),
      objects: objects.slice(1).map(withSegments(20_000)),
    });
    let handedOut = 0;
    const source = (function* () {
      for (let start = 0; start < bytes.length; start += 4096) {
        handedOut++;
        yield bytes.subarray(start, start + 4096);
      }
    })();

    const head = await readManifestHead(source, 'manifest 1');

    expect(head.objects).toHaveLength(3);
    expect(head.header.totals.files).toBe(20_000);
    expect(handedOut).toBeLessThan(bytes.length / 4096 / 2);
  });

  it('keep any bytes a name or a link can have', async () => {
    const names = fc
      .uint8Array({ minLength: 1, maxLength: 12 })
      .map((bytes) => Buffer.from(bytes).map((byte) => ([0, 0x2f, 0x2e].includes(byte) ? 0x41 : byte)));
    await fc.assert(
      fc.asyncProperty(names, fc.uint8Array({ maxLength: 20 }), async (name, target) => {
        const link = {
          type: 'symlink',
          path: Buffer.from(name),
          ...inode,
          target: Buffer.from(target),
        } as const;
        const { bytes } = await encode({
          objects: [],
          logs: [],
          entries: [{ type: 'directory', ...path(''), ...inode }, link],
        });

        expect((await readAll(bytes)).at(-2)).toEqual({ row: 'entry', entry: link });
      }),
      { numRuns: 50 },
    );
  });

  it('notice truncation between any two lines, though the stream is whole', async () => {
    const { bytes } = await encode();
    const lines = zstdDecompressSync(bytes).toString().split('\n').length - 1;
    for (let kept = 0; kept < lines; kept++) {
      const cut = await edited((all) => all.slice(0, kept));
      await expect(readAll(cut)).rejects.toThrow(damaged(/ends before its last row/));
    }
  });

  it('never read a truncated stream as something else', async () => {
    const { bytes } = await encode();
    const whole = await readAll(bytes);
    for (let length = 0; length < bytes.length; length++) {
      await expectRefusedOrSame(() => readAll(bytes.subarray(0, length)), whole, `${length} bytes`);
    }
  });

  it('fail clearly whatever byte is flipped, or read on', async () => {
    const { bytes } = await encode();
    for (const { at: place, flipped } of flips(bytes)) {
      const error = await readAll(flipped).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      // What still reads as a manifest is caught by its hash, which is checked before.
      if (error)
        expect(error, `byte ${place}`).toEqual(
          expect.objectContaining({ code: expect.stringMatching(/^VAULT_/) }),
        );
    }
  });
});

const manyFiles = (count: number): ManifestEntry[] => [
  { type: 'directory', ...path(''), ...inode },
  ...Array.from({ length: count }, (_, index) =>
    file(String(index).padStart(8, '0'), index, { digest: sha256Hex(Buffer.from(String(index))) }),
  ),
];

const withSegments =
  (count: number) =>
  (object: ObjectRow): ObjectRow =>
    object.kind === 'map' ? { ...object, segments: [[0, count]] } : object;
