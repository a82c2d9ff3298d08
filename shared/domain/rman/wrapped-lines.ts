/** Columns of a terminal, and of the printers before it, at which logs were cut. */
const WIDTHS = [80, 132];

/** A line of the log, after wrapped ones were put together. */
export interface LogLine {
  readonly text: string;
  /** Of its first physical line, from 1. */
  readonly number: number;
  readonly isWhole: boolean;
}

export interface WrappedLines {
  push(text: string, isWhole: boolean): void;
  end(): void;
  /** Physical lines so far. */
  readonly count: number;
}

/**
 * Puts lines together that were cut at a terminal's width. A line of exactly that width is held until the next one shows whether it
 * begins a message. A width is out of the question for good when a longer line is met.
 */
export const createWrappedLines = (
  begins: (line: string) => boolean,
  read: (line: LogLine) => void,
): WrappedLines => {
  let widths = [...WIDTHS];
  let count = 0;
  let held: { text: string; number: number } | undefined;

  const release = (isWhole: boolean): void => {
    if (!held) return;
    read({ ...held, isWhole });
    held = undefined;
  };

  const isFull = (text: string): boolean => {
    if (widths.length === 0) return false;
    const width = widthOf(text);
    if (width > (widths[0] ?? 0)) widths = widths.filter((each) => each >= width);
    // A wide character that does not fit leaves the last column empty.
    return widths.some((each) => width === each || (width === each - 1 && width > text.length));
  };

  const push = (text: string, isWhole: boolean): void => {
    count += 1;
    const fills = isFull(text);
    if (held) {
      if (goesOn(text, begins)) {
        held.text += text;
        if (!fills || !isWhole) release(isWhole);
        return;
      }
      release(true);
    }
    if (fills && isWhole) held = { text, number: count };
    else read({ text, number: count, isWhole });
  };

  return {
    push,
    end: () => release(true),
    get count() {
      return count;
    },
  };
};

/** Blank lines and an author's marks of omission are no rest of a message. */
const goesOn = (text: string, begins: (line: string) => boolean): boolean => {
  const line = text.trim();
  return line !== '' && !/^[-.…*=_~]{3}/.test(line) && !begins(line);
};

const widthOf = (text: string): number => {
  // A line this short fills no width even if each character takes two columns.
  if (text.length < 40 || text.length > 132) return text.length;
  let width = text.length;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) >= 0x1100) width += 1;
  return width;
};
