import { createGlance } from './glance.ts';
import { endOfDigits, isDigit } from './wording.ts';

/** More words than any logger puts before a message. */
const MOST_WORDS = 9;
/** Longer than any word of a logger. */
const LONGEST_WORD = 64;

/** `WARNING` */
const LONGEST_LOGGERS = 7;

const COLON = 58;
const BAR = 124;

const OPENING_BRACKET = 91;

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

const isLoggersWord = (text: string, from: number, end: number): boolean =>
  end - from <= LONGEST_LOGGERS &&
  (end - from < 3 || mayBeLoggers(text, from)) &&
  loggersWords.has(text.slice(from, end));

/**
 * Looks for a message in a part of a text, behind what a wrapper or logger put before it: a time, a level, a name. Every word before the message looks like
 * a logger's, and one of them beyond doubt; prose never does. The nearest place where `read` finds something counts.
 */
export const readBehindPrefix = <Found>(
  text: string,
  from: number,
  stop: number,
  read: (text: string, place: number, stop: number) => Found | undefined,
): Found | undefined => {
  let isLogged = false;
  let plainWords = 0;
  let at = from;
  for (let count = 0; count < MOST_WORDS; count += 1) {
    readWord(text, at);
    const { end } = word;
    if (end >= stop || end - at > LONGEST_WORD) return undefined;
    if (isLoggers(text, at)) isLogged = true;
    else if (plainWords < 2 && (word.common & IN_NAME) !== 0) plainWords += 1;
    else return undefined;
    at = startOfWord(text, end);
    const found = isLogged ? read(text, at, stop) : undefined;
    if (found !== undefined) return found;
    // A first word that could be prose waits for one bar behind it: `oracle_1 | …`.
    if (!isLogged && plainWords > 1) return undefined;
  }
  return undefined;
};

/** A glance at the first word of a part of a text: a logger's, or any that a bar follows. */
export const mayBePrefixed = (text: string, from: number, end: number): boolean => {
  const first = text.charCodeAt(from);
  if (isDigit(first)) return text.charCodeAt(endOfDigits(text, from)) > 32;
  const isLetter = (first >= 65 && first <= 90) || (first >= 97 && first <= 122);
  if (!isLetter) return hasClass(BEGINS, first);
  readWord(text, from);
  const stop = word.end;
  if (stop - from > LONGEST_WORD || stop >= end) return false;
  if (text.charCodeAt(stop - 1) === COLON || text.charCodeAt(startOfWord(text, stop)) === BAR) return true;
  return isLoggersWord(text, from, stop);
};

/**
 * The word that was read last. `common`: the kinds that all its characters are of, as in the name of a host, a program, a container, a
 * class: `oracle`, `rman[4711]`, `org.backup.Job`. `commonBefore`: all but the last.
 */
const word = { end: 0, common: 0, commonBefore: 0 };

/** Whether the word that was read last, from this place, is a logger's. */
const isLoggers = (line: string, from: number): boolean => {
  const { end, common, commonBefore } = word;
  const first = line.charCodeAt(from);
  if (hasClass(DIGIT, first)) return (common & IN_DATE) !== 0 && (common & DIGIT) === 0;
  if (hasClass(OPENS, first)) return true;
  if (line.charCodeAt(end - 1) === COLON) return (commonBefore & IN_NAME) !== 0;
  return isLoggersWord(line, from, end);
};

const readWord = (line: string, from: number): void => {
  word.end = endOfBrackets(line, from);
  word.common = 0;
  if (word.end > from) return;
  const limit = Math.min(line.length, from + LONGEST_WORD + 1);
  let common = 0xff;
  let commonBefore = 0xff;
  let at = from;
  for (; at < limit; at += 1) {
    const code = line.charCodeAt(at);
    if (code <= 32) break;
    commonBefore = common;
    common &= classOf(code);
  }
  word.end = at;
  word.common = common;
  word.commonBefore = commonBefore;
};

/** A bracket may hold blanks: `[main thread]`, `[ 12.345]`. */
const endOfBrackets = (line: string, from: number): number => {
  if (line.charCodeAt(from) !== OPENING_BRACKET) return from;
  const close = line.slice(from, from + LONGEST_WORD).indexOf(']');
  if (close <= 0) return from;
  return from + close + (line.charCodeAt(from + close + 1) === COLON ? 2 : 1);
};

const startOfWord = (line: string, from: number): number => {
  let at = from;
  while (at < line.length && line.charCodeAt(at) <= 32) at += 1;
  return at;
};
