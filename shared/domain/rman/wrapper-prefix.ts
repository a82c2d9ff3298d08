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

const classes = ((): Uint8Array => {
  const table = new Uint8Array(0x10000);
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

const isAll = (bit: number, text: string, from: number, end: number): boolean => {
  for (let at = from; at < end; at += 1) {
    if (((classes[text.charCodeAt(at)] ?? 0) & bit) === 0) return false;
  }
  return true;
};

const hasClass = (bit: number, code: number): boolean => ((classes[code] ?? 0) & bit) !== 0;

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
    const end = endOfWord(text, at);
    if (end >= stop || end - at > LONGEST_WORD) return undefined;
    if (isLoggers(text, at, end)) isLogged = true;
    else if (plainWords < 2 && isName(text, at, end)) plainWords += 1;
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
  const stop = endOfWord(text, from);
  if (stop - from > LONGEST_WORD || stop >= end) return false;
  if (text.charCodeAt(stop - 1) === COLON || text.charCodeAt(startOfWord(text, stop)) === BAR) return true;
  return isLoggersWord(text, from, stop);
};

const isLoggers = (line: string, from: number, end: number): boolean => {
  const first = line.charCodeAt(from);
  if (hasClass(DIGIT, first)) return isAll(IN_DATE, line, from, end) && !isAll(DIGIT, line, from, end);
  if (hasClass(OPENS, first)) return true;
  if (line.charCodeAt(end - 1) === COLON) return isName(line, from, end - 1);
  return isLoggersWord(line, from, end);
};

/** Of a host, a program, a container, a class: `oracle`, `rman[4711]`, `org.backup.Job` */
const isName = (line: string, from: number, end: number): boolean => isAll(IN_NAME, line, from, end);

/** A bracket may hold blanks: `[main thread]`, `[ 12.345]`. */
const endOfWord = (line: string, from: number): number => {
  if (line.charCodeAt(from) === OPENING_BRACKET) {
    const close = line.slice(from, from + LONGEST_WORD).indexOf(']');
    if (close > 0) return from + close + (line.charCodeAt(from + close + 1) === COLON ? 2 : 1);
  }
  let at = from;
  const limit = Math.min(line.length, from + LONGEST_WORD + 1);
  while (at < limit && line.charCodeAt(at) > 32) at += 1;
  return at;
};

const startOfWord = (line: string, from: number): number => {
  let at = from;
  while (at < line.length && line.charCodeAt(at) <= 32) at += 1;
  return at;
};
