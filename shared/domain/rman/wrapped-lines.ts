import { TextCodes } from './text-codes.ts';
import type { LineReader } from './text-lines.ts';

/** Columns of a terminal, and of the printers before it, at which logs were cut. */
const WIDTHS: readonly number[] = [80, 132];

/** A line of the log, after wrapped ones were put together: a part of a text. */
export type LogLineReader = (
  text: string,
  codes: Uint16Array,
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
 * begins a message. A width is out of the question for good when a longer line is met.
 */
export const createWrappedLines = (begins: (line: string) => boolean, read: LogLineReader): WrappedLines => {
  let widths = WIDTHS;
  let count = 0;
  const codesOfHeld = new TextCodes();
  let held: { text: string; number: number } | undefined;

  const release = (isWhole: boolean): void => {
    if (!held) return;
    const { text, number } = held;
    held = undefined;
    read(text, codesOfHeld.read(text), 0, text.length, number, isWhole);
  };

  // Without closures, which would be made for every line.
  const isFull = (text: string, from: number, end: number): boolean => {
    if (widths.length === 0) return false;
    const width = widthOf(text, from, end);
    if (width > (widths[0] ?? 0)) widths = widthsFrom(width);
    for (let index = 0; index < widths.length; index += 1) {
      const each = widths[index] as number;
      // A wide character that does not fit leaves the last column empty.
      if (width === each || (width === each - 1 && width > end - from)) return true;
    }
    return false;
  };

  const push: LineReader = (text, codes, from, end, isWhole) => {
    count += 1;
    const fills = isFull(text, from, end);
    if (held) {
      const line = text.slice(from, end);
      if (goesOn(line, begins)) {
        held.text += line;
        if (!fills || !isWhole) release(isWhole);
        return;
      }
      release(true);
    }
    if (fills && isWhole) held = { text: text.slice(from, end), number: count };
    else read(text, codes, from, end, count, isWhole);
  };

  return {
    push,
    end: () => release(true),
    get count() {
      return count;
    },
  };
};

/** The widths that a line of this width leaves possible. */
const widthsFrom = (width: number): readonly number[] => WIDTHS.filter((each) => each >= width);

/** Blank lines and an author's marks of omission are no rest of a message. */
const goesOn = (text: string, begins: (line: string) => boolean): boolean => {
  const line = text.trim();
  return line !== '' && !/^[-.…*=_~]{3}/.test(line) && !begins(line);
};

/** The first character that takes two columns of a terminal (Hangul, kana, ideographs and what follows them). */
const FIRST_WIDE = 0x1100;

/** Columns of a line. Only one that begins wide is counted: RMAN's own lines are in one script, names and values apart. */
const widthOf = (text: string, from: number, end: number): number => {
  const length = end - from;
  if (length > 132 || text.charCodeAt(from) < FIRST_WIDE || length === 0) return length;
  let width = length;
  for (let at = from; at < end; at += 1) if (text.charCodeAt(at) >= FIRST_WIDE) width += 1;
  return width;
};
