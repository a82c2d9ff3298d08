import { createGlance } from './glance.ts';
import { type Codes, endOfDigits, isDigit } from './text-codes.ts';

/** More words than any logger puts before a message. */
const MOST_WORDS = 9;
/** Longer than any word of a logger. */
const LONGEST_WORD = 64;

/** `WARNING` */
const LONGEST_LOGGERS = 7;

const COLON = 58;
const BAR = 124;

const OPENING_BRACKET = 91;
const CLOSING_BRACKET = 93;

// What kinds of words a character may stand in.
const IN_NAME = 1;
/** A date or a time is written with digits and these. A bare number could be anything. */
const IN_DATE = 2;
const DIGIT = 4;
/** May begin a logger's prefix, beside letters and digits. */
const OPENS = 8;
const BEGINS = 16;

const ASCII = 128;

const classes = ((): Uint8Array => {
  const table = new Uint8Array(ASCII);
  const set = (characters: string, bit: number): void => {
    for (const character of characters)
      table[character.charCodeAt(0)] = (table[character.charCodeAt(0)] ?? 0) | bit;
  };
  set('0123456789', IN_NAME | IN_DATE | DIGIT);
  set('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.$@#/-[]', IN_NAME);
  set(':.,/TZ+-', IN_DATE);
  set('[({<', OPENS | BEGINS);
  set('|>-:', BEGINS);
  return table;
})();

const classOf = (code: number): number => (code < ASCII ? (classes[code] ?? 0) : 0);

const hasClass = (bit: number, code: number): boolean => (classOf(code) & bit) !== 0;

const levels = [
  'TRACE',
  'DEBUG',
  'INFO',
  'NOTICE',
  'WARN',
  'WARNING',
  'ERROR',
  'SEVERE',
  'FATAL',
  'STDOUT',
  'STDERR',
];
const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const loggersWords: ReadonlySet<string> = new Set([
  ...levels.flatMap((level) => [level, level.toLowerCase(), `${level[0]}${level.slice(1).toLowerCase()}`]),
  ...[...days, ...months].flatMap((name) => [name, `${name},`]),
  ...['|', '||', '-', '>', '>>', ':'],
]);

const mayBeLoggers = createGlance(loggersWords);

const isLoggersWord = (codes: Codes, from: number, end: number): boolean =>
  end - from <= LONGEST_LOGGERS &&
  (end - from < 3 || mayBeLoggers(codes, from)) &&
  loggersWords.has(codes.part(from, end));

/**
 * Looks for a message in a part of a text, behind what a wrapper or logger put before it: a time, a level, a name. Every word before the message looks like
 * a logger's, and one of them beyond doubt; prose never does. The nearest place where `read` finds something counts.
 */
export const readBehindPrefix = <Found>(
  codes: Codes,
  from: number,
  stop: number,
  read: (codes: Codes, place: number, stop: number) => Found | undefined,
): Found | undefined => {
  let isLogged = false;
  let plainWords = 0;
  let at = from;
  for (let count = 0; count < MOST_WORDS; count += 1) {
    readWord(codes, at);
    const { end } = word;
    if (end >= stop || end - at > LONGEST_WORD) return undefined;
    if (isLoggers(codes, at)) isLogged = true;
    else if (plainWords < 2 && (word.common & IN_NAME) !== 0) plainWords += 1;
    else return undefined;
    at = startOfWord(codes, end);
    const found = isLogged ? read(codes, at, stop) : undefined;
    if (found !== undefined) return found;
    // A first word that could be prose waits for one bar behind it: `oracle_1 | …`.
    if (!isLogged && plainWords > 1) return undefined;
  }
  return undefined;
};

/** A glance at the first word of a part of a text: a logger's, or any that a bar follows. */
export const mayBePrefixed = (codes: Codes, from: number, end: number): boolean => {
  const first = codes[from] ?? 0;
  if (isDigit(first)) return (codes[endOfDigits(codes, from)] ?? 0) > 32;
  const isLetter = (first >= 65 && first <= 90) || (first >= 97 && first <= 122);
  if (!isLetter) return hasClass(BEGINS, first);
  readWord(codes, from);
  const stop = word.end;
  if (stop - from > LONGEST_WORD || stop >= end) return false;
  if (codes[stop - 1] === COLON || codes[startOfWord(codes, stop)] === BAR) return true;
  return isLoggersWord(codes, from, stop);
};

/**
 * The word that was read last. `common`: the kinds that all its characters are of, as in the name of a host, a program, a container, a
 * class: `oracle`, `rman[4711]`, `org.backup.Job`. `commonBefore`: all but the last.
 */
const word = { end: 0, common: 0, commonBefore: 0 };

/** Whether the word that was read last, from this place, is a logger's. */
const isLoggers = (codes: Codes, from: number): boolean => {
  const { end, common, commonBefore } = word;
  const first = codes[from] ?? 0;
  if (hasClass(DIGIT, first)) return (common & IN_DATE) !== 0 && (common & DIGIT) === 0;
  if (hasClass(OPENS, first)) return true;
  if (codes[end - 1] === COLON) return (commonBefore & IN_NAME) !== 0;
  return isLoggersWord(codes, from, end);
};

const readWord = (codes: Codes, from: number): void => {
  word.end = endOfBrackets(codes, from);
  word.common = 0;
  if (word.end > from) return;
  let common = 0xff;
  let commonBefore = 0xff;
  let at = from;
  for (; at <= from + LONGEST_WORD; at += 1) {
    const code = codes[at] ?? 0;
    if (code <= 32) break;
    commonBefore = common;
    common &= classOf(code);
  }
  word.end = at;
  word.common = common;
  word.commonBefore = commonBefore;
};

/** A bracket may hold blanks: `[main thread]`, `[ 12.345]`. */
const endOfBrackets = (codes: Codes, from: number): number => {
  if (codes[from] !== OPENING_BRACKET) return from;
  for (let at = from + 1; at < from + LONGEST_WORD; at += 1) {
    if (codes[at] === CLOSING_BRACKET) return at + (codes[at + 1] === COLON ? 2 : 1);
  }
  return from;
};

const startOfWord = (codes: Codes, from: number): number => {
  let at = from;
  while (codes[at] !== 0 && (codes[at] ?? 0) <= 32) at += 1;
  return at;
};
