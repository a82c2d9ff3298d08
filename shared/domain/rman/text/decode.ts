import { isAscii, isUtf8 } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';
import iconv from 'iconv-lite';
import type { Encoding } from './encoding.ts';
import { guessEncoding } from './guess-encoding.ts';

export interface LogDecoder {
  push(bytes: Uint8Array): string;
  /** What is left, with replacement characters for a character that was cut. */
  end(): string;
  readonly encoding: Encoding;
}

/** The file is no text. */
export class BinaryLogError extends Error {
  constructor() {
    super('this is not a text file: it holds bytes that no log has');
  }
}

interface Decoding {
  write(bytes: Buffer): string;
  end(): string | undefined;
}

/** Enough text for a guess at its code page. */
const SAMPLE_BYTES = 64 * 1024;

const ascii: Encoding = { name: 'ascii', isCertain: true };

/**
 * Turns the bytes of a log into text: UTF-8 or UTF-16 by their marks, otherwise UTF-8 where the bytes are such, otherwise the code page
 * whose text has most of RMAN's words. Nothing is decided before the first byte beyond ASCII. Throws BinaryLogError.
 */
export const createLogDecoder = (): LogDecoder => {
  let encoding = ascii;
  let decoding: Decoding | undefined;
  /** The start of the file, or what stands from the first byte beyond ASCII on. */
  let pending: Buffer = Buffer.alloc(0);
  let isStart = true;

  const decide = (isEnd: boolean): string => {
    if (!isEnd && pending.length < SAMPLE_BYTES) return '';
    encoding = chooseEncoding(pending);
    decoding = openDecoding(encoding.name);
    const text = decoding.write(pending);
    pending = Buffer.alloc(0);
    return text;
  };

  const readStart = (isEnd: boolean): string => {
    if (pending.length < 4 && !isEnd) return '';
    isStart = false;
    const marked = markedEncoding(pending);
    if (!marked) return readAscii(isEnd);
    encoding = { name: marked.name, isCertain: true };
    decoding = openDecoding(marked.name);
    const text = decoding.write(pending.subarray(marked.markBytes));
    pending = Buffer.alloc(0);
    return text;
  };

  const readAscii = (isEnd: boolean): string => {
    const end = endOfAscii(pending);
    const text = pending.toString('latin1', 0, end);
    pending = pending.subarray(end);
    return pending.length === 0 ? text : text + decide(isEnd);
  };

  return {
    push(bytes) {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (decoding) return checkText(decoding.write(buffer));
      if (pending.length === 0 && !isStart) {
        // Most of a log is ASCII. What is left over is kept in a copy: the caller may use its buffer again.
        if (isAscii(buffer)) return checkText(buffer.toString('latin1'));
        pending = Buffer.from(buffer);
        return checkText(readAscii(false));
      }
      pending = Buffer.concat([pending, buffer]);
      return checkText(isStart ? readStart(false) : decide(false));
    },
    end() {
      const rest = decoding ? '' : isStart ? readStart(true) : pending.length > 0 ? decide(true) : '';
      return checkText(rest + (decoding?.end() ?? ''));
    },
    get encoding() {
      return encoding;
    },
  };
};

/** By its mark; without one, by the zero bytes that every second one of English UTF-16 is. */
const markedEncoding = (start: Buffer): { name: string; markBytes: number } | undefined => {
  const [first, second, third, fourth] = start;
  if (first === 0xef && second === 0xbb && third === 0xbf) return { name: 'utf-8', markBytes: 3 };
  if (first === 0xff && second === 0xfe) return { name: 'utf-16le', markBytes: 2 };
  if (first === 0xfe && second === 0xff) return { name: 'utf-16be', markBytes: 2 };
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return { name: 'utf-16le', markBytes: 0 };
  if (first === 0 && second !== 0 && third === 0 && fourth !== 0) return { name: 'utf-16be', markBytes: 0 };
  return undefined;
};

const endOfAscii = (bytes: Buffer): number => {
  if (isAscii(bytes)) return bytes.length;
  let at = 0;
  while ((bytes[at] ?? 0) < 128) at += 1;
  return at;
};

/** Of bytes that begin with one beyond ASCII; they may end inside a character of up to four bytes. */
const chooseEncoding = (sample: Buffer): Encoding => {
  const wholes = [0, 1, 2, 3].map((cut) => sample.subarray(0, Math.max(0, sample.length - cut)));
  const fits = wholes.some((whole) => whole.length > 0 && isUtf8(whole));
  return fits ? { name: 'utf-8', isCertain: true } : guessEncoding(sample);
};

const openDecoding = (name: string): Decoding =>
  name === 'utf-8' ? new StringDecoder('utf8') : iconv.getDecoder(name, { stripBOM: false });

/** A log may hold a stray control character, never a zero: those are what programs and compressed data are full of. */
const checkText = (text: string): string => {
  if (text.includes('\0')) throw new BinaryLogError();
  return text;
};
