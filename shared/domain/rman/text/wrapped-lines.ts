import { KnownText } from './known-text.ts';
import { type Codes, emptyCodes, skipBlanks } from './text-codes.ts';
import { placeOf, searchedText } from './text-search.ts';

/** Columns of a terminal, and of the printers before it, at which logs were cut. */
const LONGEST = 132;
const WIDTHS: readonly number[] = [80, LONGEST];

/** More than any line has. A small integer: V8 keeps others in memory of their own, to be looked up for each line. */
const UNKNOWN_INDENT = 2 ** 29;

/** A line of the log, after wrapped ones were put together: a part of a text. */
export type LogLineReader = (
  codes: Codes,
  from: number,
  end: number,
  /** Of its first physical line, from 1. */
  number: number,
  isWhole: boolean,
) => void;

/**
 * Puts lines together that were cut at a terminal's width. A line of exactly that width is held until the next one shows whether it
 * begins a message. A width is out of the question for good when a longer line is met. The line of a piece shows by itself that it was cut.
 */
export class WrappedLines {
  /** Physical lines so far. */
  count = 0;
  readonly #begins: (line: string) => boolean;
  readonly #read: LogLineReader;
  #widths = WIDTHS;
  /** Lines below it fill no terminal: most do not. */
  #shortestFull = shortestOf(WIDTHS);
  #held: { text: string; readonly isFilled: boolean; readonly number: number } | undefined;
  #codesOfHeld = emptyCodes();
  /** Blanks before every line so far: a log that was indented as a whole was wrapped before. */
  #indent = UNKNOWN_INDENT;

  constructor(begins: (line: string) => boolean, read: LogLineReader) {
    this.#begins = begins;
    this.#read = read;
  }

  push(codes: Codes, start: number, end: number, isWhole: boolean): void {
    this.count += 1;
    const from = this.#indent === 0 ? start : this.#skipIndent(codes, start, end);
    const fills = this.#isFull(codes, from, end);
    if (this.#held && this.#addToHeld(this.#held, codes.part(from, end), fills && isWhole, isWhole)) return;
    if (isWhole && (fills || isCutPiece(codes, from, end)))
      this.#held = { text: codes.part(from, end), isFilled: fills, number: this.count };
    else this.#read(codes, from, end, this.count, isWhole);
  }

  end(): void {
    this.#release(true);
  }

  /** Where the line begins without what all lines so far are indented by. Lines without text say nothing. */
  #skipIndent(codes: Codes, from: number, end: number): number {
    const text = skipBlanks(codes, from);
    if (text >= end) return end;
    this.#indent = Math.min(this.#indent, text - from);
    return from + this.#indent;
  }

  /** Whether the line is the rest of the one that is held; if not, that one is whole. */
  #addToHeld(
    held: { text: string; readonly isFilled: boolean },
    line: string,
    mayGoOn: boolean,
    isWhole: boolean,
  ): boolean {
    if (!goesOn(line, this.#begins) || !(held.isFilled || `${held.text}${line}`.includes(COMMENT))) {
      this.#release(true);
      return false;
    }
    held.text += restOf(line, held.text);
    if (!mayGoOn) this.#release(isWhole);
    return true;
  }

  #release(isWhole: boolean): void {
    if (!this.#held) return;
    const { text, number } = this.#held;
    this.#held = undefined;
    this.#codesOfHeld = this.#codesOfHeld.read(text);
    this.#read(this.#codesOfHeld, 0, text.length, number, isWhole);
  }

  #isFull(codes: Codes, from: number, end: number): boolean {
    if (end - from < this.#shortestFull && (codes[from] ?? 0) < FIRST_WIDE) return false;
    return this.#isOfWidth(widthOf(codes, from, end), end - from);
  }

  /** Apart from the glance: V8 makes an object for what a function's closures need whenever it is called. */
  #isOfWidth(width: number, length: number): boolean {
    this.#exclude(width);
    // A wide character that does not fit leaves the last column empty.
    return this.#widths.some((each) => width === each || (width === each - 1 && width > length));
  }

  /** The widths that a line of this width leaves possible. */
  #exclude(width: number): void {
    if (width <= (this.#widths[0] ?? Number.POSITIVE_INFINITY)) return;
    this.#widths = WIDTHS.filter((each) => each >= width);
    this.#shortestFull = shortestOf(this.#widths);
  }
}

const shortestOf = ([narrowest]: readonly number[]): number =>
  narrowest === undefined ? Number.POSITIVE_INFINITY : narrowest - 1;

const PIECE = 'piece handle=';
const pieceHandle = new KnownText(PIECE);
const COMMENT = ' comment=';
const comment = searchedText(COMMENT);
/** Of nearly all pieces: those on a disk. */
const commentOfDisk = new KnownText(`${COMMENT}NONE`);

/** The line of a piece ends in its comment: one without it was cut, whatever the width. */
const isCutPiece = (codes: Codes, from: number, end: number): boolean =>
  codes[from] === pieceHandle.codeAt(0) &&
  pieceHandle.standsIn(codes, from, end) &&
  !commentOfDisk.standsIn(codes, end - commentOfDisk.length, end) &&
  placeOf(comment, codes, from, end) < 0;

/** The name and the tag of a piece have no blanks in a row: those before the rest were put there to indent it. */
const restOf = (line: string, begin: string): string => {
  if (!line.startsWith('  ') || !begin.startsWith(PIECE)) return line;
  const rest = line.trimStart();
  return /^(?:tag|comment)=/.test(rest) ? ` ${rest}` : rest;
};

/** Blank lines, an author's marks of omission and the next row of a table, which begins with a key, are no rest of a message. */
const goesOn = (text: string, begins: (line: string) => boolean): boolean => {
  const line = text.trim();
  return line !== '' && !/^(?:[-.…*=_~]{3}|\d{1,15} {2,}\S)/.test(line) && !begins(line);
};

/** The first character that takes two columns of a terminal (Hangul, kana, ideographs and what follows them). */
const FIRST_WIDE = 0x1100;

/** Columns of a line. Only one that begins wide is counted: RMAN's own lines are in one script, names and values apart. */
const widthOf = (codes: Uint16Array, from: number, end: number): number => {
  const length = end - from;
  if (length > LONGEST || (codes[from] ?? 0) < FIRST_WIDE || length === 0) return length;
  let width = length;
  for (let at = from; at < end; at += 1) if ((codes[at] ?? 0) >= FIRST_WIDE) width += 1;
  return width;
};
