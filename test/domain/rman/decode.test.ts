import fc from 'fast-check';
import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { BinaryLogError, createLogDecoder } from '../../../shared/domain/rman/text/decode.ts';

const decode = (bytes: Uint8Array, sizes: readonly number[] = [bytes.length || 1]) => {
  const decoder = createLogDecoder();
  let text = '';
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    text += decoder.push(bytes.subarray(at, at + size));
    at += size;
  }
  text += decoder.end();
  return { text, encoding: decoder.encoding };
};

const japanese = 'チャネルCH_1: ピース1(31-05-17)を起動します D:\\表\\ソ.bkp\n';
const chinese = '通道 CH_1: 正在启动段 1 于 17-5月 -31\n段句柄=/b/数据 标记=T 注释=NONE\n';
const german = 'Kanal CH_1: Vollständiges Backup Set für Datendatei wird begonnen\nGerätetyp=DISK\n';

describe('bytes of a log', () => {
  it.each([
    ['ASCII', 'ascii', 'Starting backup at 1\n'],
    ['UTF-8', 'utf-8', chinese],
    ['UTF-8', 'utf-8', 'piece handle=/b/grüße – ok\n'],
    ['GBK', 'gb18030', chinese],
    ['Shift-JIS', 'shift_jis', japanese],
    ['EUC-JP', 'euc-jp', japanese],
    ['CP1252', 'windows-1252', german],
    ['CP850', 'cp850', german],
    ['EUC-KR', 'euc-kr', '채널 CH_1: 백업 집합을 시작\n'],
    ['Big5', 'big5', '通道 CH_1: 啟動資料檔備份集\n'],
  ])('are read as %s, which is certain', (_, name, text) => {
    const bytes = iconv.encode(text, name);

    expect(decode(bytes)).toEqual({ text, encoding: { name, isCertain: true } });
    expect(decode(bytes, [1]).text).toBe(text);
  });

  it.each([
    ['utf-8', [0xef, 0xbb, 0xbf]],
    ['utf-16le', [0xff, 0xfe]],
    ['utf-16be', [0xfe, 0xff]],
  ])('with the mark of %s are read as such, without the mark', (name, mark) => {
    const bytes = Buffer.concat([Buffer.from(mark), iconv.encode(chinese, name, { addBOM: false })]);

    expect(decode(bytes, [3])).toEqual({ text: chinese, encoding: { name, isCertain: true } });
  });

  it.each(['utf-16le', 'utf-16be'])('of %s without a mark are known by their zeros', (name) => {
    const bytes = iconv.encode('Starting backup at 1\n', name, { addBOM: false });

    expect(decode(bytes).text).toBe('Starting backup at 1\n');
  });

  it('of an unknown code page are read, and said to be uncertain', () => {
    expect(decode(Buffer.from([0x61, 0xe9, 0x0a]))).toEqual({
      text: 'aé\n',
      encoding: { name: 'windows-1252', isCertain: false },
    });
  });

  it('that are no text are refused', () => {
    expect(() => decode(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0x02, 0x01, 0x01, 0x00, 0x00, 0x00]))).toThrow(
      BinaryLogError,
    );
  });

  it('are the same text however they come in', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('utf-8', 'gb18030', 'utf-16le'),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        fc.string(),
        (name, sizes, before) => {
          const text = `x${before.replaceAll('\0', '')}\n${chinese}`;
          const bytes = iconv.encode(text, name, { addBOM: true });

          expect(decode(bytes, sizes).text).toBe(text);
        },
      ),
    );
  });

  it('give text when they are cut anywhere', () => {
    const bytes = iconv.encode(chinese, 'utf-8');

    for (let end = 0; end <= bytes.length; end += 1)
      expect(decode(bytes.subarray(0, end)).text.length).toBeLessThanOrEqual(end);
  });
});
