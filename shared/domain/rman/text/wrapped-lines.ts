import { KnownText } from './known-text.ts';
import { type Codes, emptyCodes } from './text-codes.ts';
import type { LineReader } from './text-lines.ts';
import { placeOf, searchedText } from './text-search.ts';

/** Columns of a terminal, and of the printers before it, at which logs were cut. */
const LONGEST = 132;
const WIDTHS: readonly number[] = [80, LONGEST];

/** A line of the log, after wrapped ones were put together: a part of a text. */
export type LogLineReader = (
  codes: Codes,
  from: number,
  end: number,
  /** Of its first physical line, from 1. */
  number: number,
  isWhole: boolean,
) => void;

export interface WrappedLines {
  push: LineReader;
  end(): void;
  /** Physical lines so far. */
  readonly count: number;
}

/**
 * Puts lines together that were cut at a terminal's width. A line of exactly that width is held until the next one shows whether it
 * begins a message. A width is out of the question for good when a longer line is met. The line of a piece shows by itself that it was cut.
 */
export const createWrappedLines = (begins: (line: string) => boolean, read: LogLineReader): WrappedLines => {
  let widths = WIDTHS;
  let count = 0;
  let codesOfHeld = emptyCodes();
  let held: { text: string; readonly isFilled: boolean; readonly number: number } | undefined;

  const release = (isWhole: boolean): void => {
    if (!held) return;
    const { text, number } = held;
    held = undefined;
    codesOfHeld = codesOfHeld.read(text);
    read(codesOfHeld, 0, text.length, number, isWhole);
  };

  // Without closures, which would be made for every line.
  const isFull = (codes: Codes, from: number, end: number): boolean => {
    const [narrowest] = widths;
    if (narrowest === undefined) return false;
    // Most lines are shorter than any terminal is wide.
    if (end - from < narrowest - 1 && (codes[from] ?? 0) < FIRST_WIDE) return false;
    const width = widthOf(codes, from, end);
    if (width > narrowest) widths = widthsFrom(width);
    for (let index = 0; index < widths.length; index += 1) {
      const each = widths[index] as number;
      // A wide character that does not fit leaves the last column empty.
      if (width === each || (width === each - 1 && width > end - from)) return true;
    }
    return false;
  };

  const hold = (text: string, isFilled: boolean): void => {
    held = { text, isFilled, number: count };
  };

  const push: LineReader = (codes, from, end, isWhole) => {
    count += 1;
    const fills = isFull(codes, from, end);
    if (held) {
      const line = codes.part(from, end);
      if (goesOn(line, begins) && (held.isFilled || `${held.text}${line}`.includes(COMMENT))) {
        held.text += line;
        if (!fills || !isWhole) release(isWhole);
        return;
      }
      release(true);
    }
    if (isWhole && (fills || isCutPiece(codes, from, end))) hold(codes.part(from, end), fills);
    else read(codes, from, end, count, isWhole);
  };

  return {
    push,
    end: () => release(true),
    get count() {
      return count;
    },
  };
};

const pieceHandle = new KnownText('piece handle=');
const COMMENT = ' comment=';
const comment = searchedText(COMMENT);

/** The line of a piece ends in its comment: one without it was cut, whatever the width. */
const isCutPiece = (codes: Codes, from: number, end: number): boolean =>
  codes[from] === pieceHandle.codeAt(0) &&
  pieceHandle.standsIn(codes, from, end) &&
  placeOf(comment, codes, from, end) < 0;

/** The widths that a line of this width leaves possible. */
const widthsFrom = (width: number): readonly number[] => WIDTHS.filter((each) => each >= width);

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
