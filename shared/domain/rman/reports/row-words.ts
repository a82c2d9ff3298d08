import { keepText } from '../text/kept-text.ts';
import type { Codes } from '../text/text-codes.ts';

const BLANK = 32;
const ZERO = 48;
/** Figures that a number holds without a loss. */
export const MOST_FIGURES = 15;

/** Longer than any row of a table. */
export const LONGEST_ROW = 2000;

// Where the words of the row stand that was read last: lists of its own for each row would cost more than the row.
const starts = new Uint32Array(LONGEST_ROW);
const ends = new Uint32Array(LONGEST_ROW);

/** Finds the words of a row, which blanks part; it has none around it. Answers how many there are. */
export const findWords = (codes: Codes, from: number, end: number): number => {
  let count = 0;
  for (let at = from; at < end; ) {
    starts[count] = at;
    while (at < end && codes[at] !== BLANK) at += 1;
    ends[count] = at;
    count += 1;
    while (at < end && codes[at] === BLANK) at += 1;
  }
  return count;
};

/** A set of ASCII characters. */
export const signs = (characters: string): Uint8Array =>
  Uint8Array.from({ length: 128 }, (_, code) => (characters.includes(String.fromCharCode(code)) ? 1 : 0));

/** Whether a word has no other characters, and no more than so many. */
export const hasOnly = (codes: Codes, word: number, allowed: Uint8Array, most = LONGEST_ROW): boolean => {
  const start = starts[word] ?? 0;
  const end = ends[word] ?? 0;
  if (end - start > most) return false;
  for (let at = start; at < end; at += 1) if (allowed[codes[at] ?? 0] !== 1) return false;
  return true;
};

const figures = signs('0123456789');

/** Whether a word has figures only, and no more than so many. */
export const isNumber = (codes: Codes, word: number, most: number): boolean =>
  hasOnly(codes, word, figures, most);

export const numberOf = (codes: Codes, word: number): number => {
  const start = starts[word] ?? 0;
  const end = ends[word] ?? 0;
  return end - start > MOST_FIGURES ? Number(codes.part(start, end)) : numberIn(codes, start, end);
};

/** Of figures only. */
export const numberIn = (codes: Codes, from: number, end: number): number => {
  let number = 0;
  for (let at = from; at < end; at += 1) number = number * 10 + ((codes[at] ?? 0) - ZERO);
  return number;
};

/** Where a word of the row begins that was read last. */
export const startOfWord = (word: number): number => starts[word] ?? 0;

/** Whether a word begins with a sign that is no blank of any kind. */
export const isVisible = (codes: Codes, word: number): boolean => {
  const first = codes[starts[word] ?? 0] ?? 0;
  return (first > BLANK && first < 127) || /\S/.test(String.fromCharCode(first));
};

export const isWord = (codes: Codes, word: number, text: string): boolean =>
  isTextAt(text, codes, starts[word] ?? 0, ends[word] ?? 0);

/**
 * Some words with one blank between them, to keep. `before`, `above`: what the same row had when it was listed before, and the row above:
 * mostly one of them is the same, and nothing new is kept.
 */
export const textOf = (
  codes: Codes,
  first: number,
  stop: number,
  before: string | undefined,
  above: string | undefined,
): string => {
  if (stop <= first) return '';
  return textIn(codes, starts[first] ?? 0, ends[stop - 1] ?? 0, before, above);
};

/** The same of a part of the row. */
export const textIn = (
  codes: Codes,
  from: number,
  end: number,
  before: string | undefined,
  above: string | undefined,
): string => {
  if (before !== undefined && isTextAt(before, codes, from, end)) return before;
  if (above !== undefined && isTextAt(above, codes, from, end)) return above;
  return keepText(codes.part(from, end).replace(/ {2,}/g, ' '));
};

const isTextAt = (text: string, codes: Codes, from: number, end: number): boolean => {
  if (end - from !== text.length) return false;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) !== codes[from + at]) return false;
  return true;
};
