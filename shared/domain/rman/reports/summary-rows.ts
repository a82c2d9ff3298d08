import { KnownText } from '../text/known-text.ts';
import { type Codes, endOfDigits } from '../text/text-codes.ts';
import type { ListedSummary } from './listed.ts';
import { ListedRows } from './listed-rows.ts';
import {
  findWords,
  hasOnly,
  isNumber,
  isVisible,
  isWord,
  MOST_FIGURES,
  numberIn,
  numberOf,
  signs,
  startOfWord,
  textIn,
  textOf,
} from './row-words.ts';

// Key, type, level, status, device, completion time, pieces, copies, compressed, tag.
const KEY = 0;
const TYPE = 1;
const LEVEL = 2;
const STATUS = 3;
const DEVICE = 4;
const TIME = 5;
/** Behind a time of one word, and the numbers of pieces and copies. */
const FIRST_COMPRESSED = 8;

/** RMAN makes none longer. */
const LONGEST_TAG = 30;

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ofType = signs('BP');
const ofLevel = signs('FA01234');
const ofStatus = signs(`${CAPITALS}*`);
const ofDevice = signs(`${CAPITALS}_*`);

/** Longer than what stands in a row between its key and its tag. */
const LONGEST_MIDDLE = 160;

/** What a row had between its key and its tag. */
interface Middle {
  readonly text: KnownText;
  row: ListedSummary | undefined;
}

const noMiddle = (): Middle => ({ text: new KnownText('', LONGEST_MIDDLE), row: undefined });

/** Of the last two rows that differed in it. */
let middle = noMiddle();
let middleBefore = noMiddle();

/** The rows of LIST … SUMMARY. A catalog has thousands, and a script may list them every night. */
export class SummaryRows extends ListedRows<number, ListedSummary> {
  #above: ListedSummary | undefined;

  /**
   * Most rows differ from one above in the key and the tag only: what stands between them is told by its characters. Answers whether a
   * line is such a row. `scope`: the database whose key it has.
   */
  readLikeAbove(codes: Codes, from: number, end: number, line: number, scope: string): boolean {
    const keyEnd = endOfDigits(codes, from);
    if (keyEnd === from || keyEnd - from > MOST_FIGURES) return false;
    const like = rowLike(codes, keyEnd, end);
    if (like === undefined) return false;
    const tagAt = keyEnd + middle.text.length;
    if (!isTag(codes, tagAt, end)) return false;
    const key = numberIn(codes, from, keyEnd);
    const place = this.placeOf(scope, key);
    const before = place === undefined ? undefined : this.all[place];
    const tag = textIn(codes, tagAt, end, before?.tag, this.#above?.tag);
    const { type, level, status, device, completedAt, pieces, copies, compressed } = like;
    const row = { key, type, level, status, device, completedAt, pieces, copies, compressed, tag, line };
    this.#above = this.put(scope, key, row, place);
    return true;
  }

  /** Whether a line is any such row. */
  read(codes: Codes, from: number, end: number, line: number, scope: string): boolean {
    const words = findWords(codes, from, end);
    const compressed = isRow(codes, words) ? findCompressed(codes, words) : -1;
    if (compressed < 0) return false;
    const key = numberOf(codes, KEY);
    const place = this.placeOf(scope, key);
    const before = place === undefined ? undefined : this.all[place];
    const above = this.#above;
    const row = {
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
    };
    this.#above = this.put(scope, key, row, place);
    if (compressed + 2 === words) remember(row, codes, endOfDigits(codes, from), startOfWord(words - 1));
    return true;
  }
}

/** The row that had the same between its key and its tag: its middle is the last one then. */
const rowLike = (codes: Codes, from: number, end: number): ListedSummary | undefined => {
  if (middle.row && middle.text.standsIn(codes, from, end)) return middle.row;
  if (!middleBefore.row || !middleBefore.text.standsIn(codes, from, end)) return undefined;
  [middle, middleBefore] = [middleBefore, middle];
  return middle.row;
};

/** Not with a time of day, which the next row has not: and so no line of a channel looks like a row. */
const remember = (row: ListedSummary, codes: Codes, from: number, tagAt: number): void => {
  if (tagAt - from > LONGEST_MIDDLE || /[:=]/.test(codes.part(from, tagAt))) return;
  [middle, middleBefore] = [middleBefore, middle];
  middle.row = row;
  middle.text.become(codes, from, tagAt - from);
};

const inTag = signs(`${CAPITALS}0123456789_`);

/** Whether the rest of a row is a tag as RMAN makes them: of one word, and of no other signs, which could be more than a tag. */
const isTag = (codes: Codes, from: number, end: number): boolean => {
  if (from >= end || end - from > LONGEST_TAG) return false;
  for (let at = from; at < end; at += 1) if (inTag[codes[at] ?? 0] !== 1) return false;
  return true;
};

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
