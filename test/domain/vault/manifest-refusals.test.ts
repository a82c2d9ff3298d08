import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { damaged, edited, encode, entries, inode, readAll } from './manifest-sample.ts';

describe('manifests', () => {
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
