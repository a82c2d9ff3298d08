import { endOfDigits, isDigit } from './wording.ts';

/** More words than any logger puts before a message. */
const MOST_WORDS = 9;

const LEVEL = /^\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|SEVERE|FATAL|STDOUT|STDERR)\]?:?$/i;
const DAY_OR_MONTH = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec),?$/i;
/** A date or a time. A bare number could be anything. */
const FIGURES = /^\d[\dT]{0,20}[:.,/+-][\d:.,/TZ+-]*$/;
const BRACKETED = /^[[(<{][^\])>}]*[\])>}]:?$/;
/** `oracle:`, `rman[4711]:`, `host01:` */
const LABEL = /^[\w.$@#/-]+(?:\[\d+\])?:$/;
const BAR = /^(?:\||\|\||-|>|>>|:)$/;
const WORD = /^[\w.$@#-]+$/;

/**
 * The places where a line may begin in earnest when a wrapper or logger put something before it: a time, a level, a name. Every word
 * before such a place looks like a logger's, and one of them beyond doubt; prose never does. Nearest place first.
 */
export const placesAfterPrefix = (line: string): number[] => {
  const places: number[] = [];
  let isLogged = false;
  let plainWords = 0;
  let at = 0;
  for (let count = 0; count < MOST_WORDS; count += 1) {
    const end = endOfWord(line, at);
    if (end === line.length || end - at > 64) break;
    const word = line.slice(at, end);
    if (isLoggers(word)) isLogged = true;
    else if (WORD.test(word) && plainWords < 2) plainWords += 1;
    else break;
    at = startOfWord(line, end);
    if (isLogged) places.push(at);
    // A first word that could be prose waits for one bar behind it: `oracle_1 | …`.
    else if (plainWords > 1) break;
  }
  return places;
};

/** A glance at the first word of a part of a text: a logger's, or any that a bar follows. */
export const mayBePrefixed = (text: string, from: number, end: number): boolean => {
  const first = text.charCodeAt(from);
  if (isDigit(first)) {
    const sign = text.charCodeAt(endOfDigits(text, from));
    return sign > 32 && from < end;
  }
  const isLetter = (first >= 65 && first <= 90) || (first >= 97 && first <= 122);
  if (!isLetter) return PREFIX_SIGNS.includes(text.charAt(from));
  const stop = endOfWord(text, from);
  if (stop - from > 64 || stop >= end) return false;
  const last = text.charCodeAt(stop - 1);
  if (last === 58 || last === 93 || text.charCodeAt(startOfWord(text, stop)) === 124) return true;
  if (stop - from > 8) return false;
  const word = text.slice(from, stop);
  return LEVEL.test(word) || DAY_OR_MONTH.test(word);
};

const PREFIX_SIGNS = '[({<|>-:';

/** By its first and last character, which of the patterns could fit. */
const isLoggers = (word: string): boolean => {
  const first = word.charCodeAt(0);
  if (isDigit(first)) return FIGURES.test(word);
  if (word.charCodeAt(word.length - 1) === 58)
    return LABEL.test(word) || BRACKETED.test(word) || word === ':';
  if (word.length <= 2 && BAR.test(word)) return true;
  if (OPENINGS.includes(word.charAt(0))) return BRACKETED.test(word) || LEVEL.test(word);
  return word.length <= 8 && (LEVEL.test(word) || DAY_OR_MONTH.test(word));
};

const OPENINGS = '[({<';

const endOfWord = (line: string, from: number): number => {
  // A bracket may hold blanks: `[main thread]`, `[ 12.345]`.
  if (line.charCodeAt(from) === 91) {
    const close = line.indexOf(']', from);
    if (close > from && close - from < 64) return line.charCodeAt(close + 1) === 58 ? close + 2 : close + 1;
  }
  let at = from;
  // Longer than any word of a prefix: what follows does not matter.
  const limit = Math.min(line.length, from + 100);
  while (at < limit && line.charCodeAt(at) > 32) at += 1;
  return at;
};

const startOfWord = (line: string, from: number): number => {
  let at = from;
  while (at < line.length && line.charCodeAt(at) <= 32) at += 1;
  return at;
};
