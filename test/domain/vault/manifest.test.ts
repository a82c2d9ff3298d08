import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instant } from '../../../shared/domain/instant.ts';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import { readManifest, readManifestHead } from '../../../shared/domain/vault/manifest-reader.ts';
import type {
  FileEntry,
  LogRow,
  ManifestEntry,
  ManifestRow,
  ObjectRow,
} from '../../../shared/domain/vault/manifest-rows.ts';
import {
  EntryCollector,
  encodeManifest,
  type ManifestTables,
} from '../../../shared/domain/vault/manifest-writer.ts';
import { expectRefusedOrSame, flips, mountId, uploadIds } from './vault-arbitraries.ts';

const [parent, own] = uploadIds;
const sha256 = 'cd'.repeat(32);
const at = '2026-01-31T12:00:00.000Z' as Instant;
const header: ManifestTables['header'] = {
  mountId,
  uploadId: own,
  parent: { uploadId: parent, manifestSha256: sha256 },
  clocks: { requestedAt: at, storeAt: at, serviceAt: at },
  snapshot: { name: 'UID_1' },
};
const stored = { sha256, storedBytes: 100, tableSha256: sha256 };
const objects: ObjectRow[] = [
  { kind: 'map', owner: parent, number: 4, ...stored, segments: [[2, 1]] },
  { kind: 'map', owner: own, number: 1, ...stored, segments: [[0, 2]] },
  { kind: 'pack', owner: parent, number: 9, ...stored, rawBytes: 500, referencedBytes: 20 },
  { kind: 'pack', owner: own, number: 1, ...stored, rawBytes: 500, referencedBytes: 500 },
];
const logs: LogRow[] = [
  {
    number: 1,
    sha256,
    storedBytes: 9,
    codec: 'none',
    rawBytes: 9,
    mountpoint: '/local/m',
    platform: 'linux',
    fileName: 'rman.log',
    receivedAt: at,
  },
];
const inode = { mode: 0o640, uid: 54_321, gid: 54_322, mtimeNs: 1_769_860_800_123_456_789n };
const path = (text: string) => ({ path: Buffer.from(text) });
const file = (name: string, index: number, more: Partial<FileEntry> = {}): FileEntry => ({
  type: 'file',
  ...path(name),
  ...inode,
  size: 8192,
  leafBytes: 8192,
  digest: sha256,
  holes: [],
  segments: [{ sha256, owner: own, number: 1, index }],
  ...more,
});
const entries: ManifestEntry[] = [
  { type: 'directory', ...path(''), ...inode },
  { type: 'directory', ...path('a'), ...inode, mtimeNs: -1n },
  file('a/x', 0, { linkGroup: 1, holes: [[0, 4096]] }),
  { type: 'hardlink', ...path('a/y'), linkGroup: 1 },
  file('a-old', 1, { segments: [{ sha256, owner: parent, number: 4, index: 2 }] }),
  { type: 'skipped', ...path('pipe'), reason: 'pipe' },
  { type: 'symlink', ...path('to'), ...inode, target: Buffer.from('a/x') },
  { ...file('', 1), path: Buffer.from([0xff, 0x2d, 0xfe]) },
];

async function encode(
  parts: { header?: object; objects?: ObjectRow[]; logs?: LogRow[]; entries?: ManifestEntry[] } = {},
) {
  const collector = new EntryCollector();
  for (const entry of parts.entries ?? entries) collector.add(entry);
  const tables = {
    header: { ...header, ...parts.header },
    objects: parts.objects ?? objects,
    logs: parts.logs ?? logs,
  };
  return encodeManifest(tables, collector);
}

async function readAll(bytes: Uint8Array): Promise<ManifestRow[]> {
  const rows: ManifestRow[] = [];
  for await (const row of readManifest([bytes], 'manifest 1')) rows.push(row);
  return rows;
}

/** The manifest with its lines changed, and whole again. */
async function edited(change: (lines: string[]) => string[]): Promise<Buffer> {
  const { bytes } = await encode();
  const lines = zstdDecompressSync(bytes).toString().trimEnd().split('\n');
  return zstdCompressSync(
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

const damaged = (message: RegExp) =>
  expect.objectContaining({
    code: 'VAULT_OBJECT_DAMAGED',
    message: expect.stringMatching(new RegExp(`manifest 1.*${message.source}`)),
  });

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

  it.each([
    ['version', '"version":1', '"version":2', /version 2; this reader knows version 1/],
    ['features', '"features":[]', '"features":["dedup-2"]', /dedup-2/],
    ['encryption', '"encryption":null', '"encryption":{"algorithm":"aes"}', /encrypted/],
  ])('refuse an unknown %s by name', async (_, from, to, message) => {
    const bytes = await edited(([first = '', ...rest]) => [first.replace(from, to), ...rest]);
    await expect(readAll(bytes)).rejects.toThrow(
      expect.objectContaining({ code: 'VAULT_FORMAT_UNSUPPORTED', message: expect.stringMatching(message) }),
    );
  });

  it.each([
    ['an unknown kind of row', (lines: string[]) => lines.with(1, '{"row":"acl"}'), /unknown kind "acl"/],
    [
      'an unknown field',
      (lines: string[]) => lines.with(7, (lines[7] ?? '').replace('"type"', '"acl":1,"type"')),
      /acl/,
    ],
    ['a line that is no JSON', (lines: string[]) => lines.with(7, '{'), /line 8: is not JSON/],
    ['a line that is no object', (lines: string[]) => lines.with(7, '[]'), /is not an object/],
    ['rows after the end', (lines: string[]) => [...lines, lines[6] ?? ''], /row of kind entry/],
    ['a second header', (lines: string[]) => [lines[0] ?? '', ...lines], /row of kind manifest/],
    ['no header', (lines: string[]) => lines.slice(1), /row of kind object/],
    [
      'tables after entries',
      (lines: string[]) => [...lines.slice(0, 4), lines[6] ?? '', lines[4] ?? '', lines[5] ?? ''],
      /row of kind object/,
    ],
    [
      'objects out of order',
      (lines: string[]) => [lines[0] ?? '', lines[2] ?? '', lines[1] ?? '', ...lines.slice(3)],
      /object .* out of order/,
    ],
    ['a missing object', (lines: string[]) => lines.toSpliced(4, 1), /do not add up/],
    ['a missing log', (lines: string[]) => lines.toSpliced(5, 1), /do not add up/],
    ['a missing file', (lines: string[]) => lines.toSpliced(-2, 1), /lists segments .* that no file uses/],
    ['a missing root', (lines: string[]) => lines.toSpliced(6, 1), /root folder/],
    [
      'entries out of order',
      (lines: string[]) => lines.with(10, lines[11] ?? '').with(11, lines[10] ?? ''),
      /out of order/,
    ],
    [
      'a hard link before its file',
      (lines: string[]) => lines.with(8, (lines[8] ?? '').replace(',"linkGroup":1', '')),
      /link group 1 before its file/,
    ],
    [
      'a path in two forms',
      (lines: string[]) => lines.with(8, (lines[8] ?? '').replace('"path"', '"pathBase64":"YQ==","path"')),
      /no proper path/,
    ],
    [
      'base64 for a path that is UTF-8',
      (lines: string[]) => lines.with(8, (lines[8] ?? '').replace('"path":"a/x"', '"pathBase64":"YS94"')),
      /no proper path/,
    ],
    [
      'a path that is no text',
      (lines: string[]) => lines.with(8, (lines[8] ?? '').replace('a/x', 'a/\\ud800')),
      /no proper path/,
    ],
    [
      'a hole outside the file',
      (lines: string[]) => lines.with(8, (lines[8] ?? '').replace('[[0,4096]]', '[[0,8193]]')),
      /hole outside/,
    ],
    [
      'too few segments',
      (lines: string[]) => lines.with(8, (lines[8] ?? '').replace(/"segments":\[.*?\]/, '"segments":[]')),
      /0 segments for the 8192 bytes/,
    ],
    [
      'a segment that no table lists',
      (lines: string[]) => lines.with(8, (lines[8] ?? '').replace('"index":0', '"index":7')),
      /uses segment 7 of map bundle/,
    ],
    [
      'a bundle that no table lists',
      (lines: string[]) => lines.with(8, (lines[8] ?? '').replace('"number":1', '"number":2')),
      /uses segment 0 of map bundle/,
    ],
    [
      'a fractional size',
      (lines: string[]) => lines.with(8, (lines[8] ?? '').replace('8192', '8192.5')),
      /size/,
    ],
    [
      'a size beyond 2^53',
      (lines: string[]) => lines.with(8, (lines[8] ?? '').replace('8192', '9007199254740993')),
      /size/,
    ],
    [
      'an instant that does not exist',
      (lines: string[]) => lines.with(0, (lines[0] ?? '').replace('2026-01-31T', '2026-02-31T')),
      /is no instant/,
    ],
  ] as [string, (lines: string[]) => string[], RegExp][])('refuse %s', async (_, change, message) => {
    await expect(readAll(await edited(change))).rejects.toThrow(damaged(message));
  });

  it.each(['../etc/cron.d/x', '/etc/x', 'a/../../x', 'to/x', 'a/x/y'])(
    'refuse the unsafe path %j',
    async (unsafe) => {
      const bytes = await edited((lines) => [
        ...lines.slice(0, 12),
        JSON.stringify({ ...JSON.parse(lines[12] ?? ''), path: unsafe }),
        ...lines.slice(12),
      ]);
      await expect(readAll(bytes)).rejects.toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^VAULT_(PATH_UNSAFE|OBJECT_DAMAGED)$/) }),
      );
    },
  );

  it('refuse an entry whose folder is missing', async () => {
    const bytes = await edited((lines) => lines.toSpliced(7, 1));

    await expect(readAll(bytes)).rejects.toThrow(/path "a\/x" does not lie in a folder of this manifest/);
  });

  it('refuse to reach an entry through a symbolic link', async () => {
    const through = { type: 'directory', path: Buffer.from('to/x'), ...inode } as const;
    const { bytes } = await encode({ entries: [...entries.slice(0, 7), through, ...entries.slice(7)] });

    await expect(readAll(bytes)).rejects.toThrow(expect.objectContaining({ code: 'VAULT_PATH_UNSAFE' }));
  });

  it('refuse objects of another upload when there is no parent', async () => {
    await expect(encode({ header: { parent: null } })).rejects.toThrow(/of another upload but has no parent/);
  });

  it('do not read a line without end', async () => {
    const endless = zstdCompressSync(Buffer.alloc(80 * 2 ** 20, 'x'));

    await expect(readAll(endless)).rejects.toThrow(damaged(/a line of more than/));
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
