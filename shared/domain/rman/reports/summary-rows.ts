import type { Codes } from '../text/text-codes.ts';
import type { ListedSummary } from './listed.ts';
import { ListedRows } from './listed-rows.ts';
import { findWords, hasOnly, isNumber, isVisible, isWord, numberOf, signs, textOf } from './row-words.ts';

// Key, type, level, status, device, completion time, pieces, copies, compressed, tag.
const KEY = 0;
const TYPE = 1;
const LEVEL = 2;
const STATUS = 3;
const DEVICE = 4;
const TIME = 5;
/** Behind a time of one word, and the numbers of pieces and copies. */
const FIRST_COMPRESSED = 8;

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ofType = signs('BP');
const ofLevel = signs('FA01234');
const ofStatus = signs(`${CAPITALS}*`);
const ofDevice = signs(`${CAPITALS}_*`);

/** The rows of LIST … SUMMARY. A catalog has thousands, and a script may list them every night. */
export class SummaryRows extends ListedRows<number, ListedSummary> {
  #above: ListedSummary | undefined;

  /** Whether a line is such a row. `scope`: the database whose key it has. */
  read(codes: Codes, from: number, end: number, line: number, scope: string): boolean {
    const words = findWords(codes, from, end);
    const compressed = isRow(codes, words) ? findCompressed(codes, words) : -1;
    if (compressed < 0) return false;
    const key = numberOf(codes, KEY);
    const before = this.get(scope, key);
    const above = this.#above;
    this.#above = this.put(scope, key, {
      key,
      type: textOf(codes, TYPE, TYPE + 1, before?.type, above?.type),
      level: textOf(codes, LEVEL, LEVEL + 1, before?.level, above?.level),
      status: textOf(codes, STATUS, STATUS + 1, before?.status, above?.status),
      device: textOf(codes, DEVICE, DEVICE + 1, before?.device, above?.device),
      completedAt: textOf(codes, TIME, compressed - 2, before?.completedAt, above?.completedAt),
      pieces: numberOf(codes, compressed - 2),
      copies: numberOf(codes, compressed - 1),
      compressed: isWord(codes, compressed, 'YES'),
      tag: textOf(codes, compressed + 1, words, before?.tag, above?.tag),
      line,
    });
    return true;
  }
}

const isRow = (codes: Codes, words: number): boolean =>
  words > FIRST_COMPRESSED &&
  isNumber(codes, KEY, 15) &&
  hasOnly(codes, TYPE, ofType, 1) &&
  hasOnly(codes, LEVEL, ofLevel, 1) &&
  hasOnly(codes, STATUS, ofStatus, 1) &&
  hasOnly(codes, DEVICE, ofDevice) &&
  isVisible(codes, TIME);

/** The time may have any number of words: two numbers, and whether the set is compressed, show where it ends. */
const findCompressed = (codes: Codes, words: number): number => {
  for (let word = FIRST_COMPRESSED; word < words; word += 1) {
    const isAnswer = isWord(codes, word, 'NO') || isWord(codes, word, 'YES');
    if (isAnswer && isNumber(codes, word - 1, 20) && isNumber(codes, word - 2, 20)) return word;
  }
  return -1;
};
