import type { Codes } from '../text/text-codes.ts';
import {
  FIRST_PROMPT,
  nothingTyped,
  readTyped,
  type Statement,
  type TypedLine,
  type TypedState,
} from './typed-statements.ts';

/** More characters than the longest scripts have. */
const ROOM = 16 * 1024;
/** A longer line is read each time. */
const LONGEST_LINE = 512;

/** A line in its place of a script: what it says depends on those before it. */
interface ScriptLine extends TypedLine {
  /** Where its text is remembered. */
  readonly start: number;
  readonly length: number;
  /** What followed it the last two times. */
  next: ScriptLine | undefined;
  nextButOne: ScriptLine | undefined;
}

const scriptLine = ({ statements, after }: TypedLine, start: number, length: number): ScriptLine => ({
  statements,
  after,
  start,
  length,
  next: undefined,
  nextButOne: undefined,
});

/** One that no line is equal to. */
const untold = (after: TypedState): ScriptLine => scriptLine({ statements: [], after }, 0, 0);

/**
 * What somebody typed, or RMAN repeats from its script, line by line. A log of many nights has one script again and again: a line that
 * stood behind the same one before is told by its characters, and what it says is known.
 */
export class TypedScript {
  #last = untold(nothingTyped);
  readonly #texts: Uint16Array;
  #used = 0;
  /** Lines that begin a statement, by a hash of their text: what was typed before them does not count. */
  readonly #firsts = new Map<number, ScriptLine>();

  /** @param room in characters, for the lines that are remembered */
  constructor(room = ROOM) {
    this.#texts = new Uint16Array(room);
  }

  /** The statements that end in a line, where it stood behind the same one before. */
  readAgain(codes: Codes, from: number, end: number): readonly Statement[] | undefined {
    const { next, nextButOne } = this.#last;
    if (next === undefined) return undefined;
    if (this.#isText(next, codes, from, end)) {
      this.#last = next;
      return next.statements;
    }
    if (nextButOne === undefined || !this.#isText(nextButOne, codes, from, end)) return undefined;
    return this.#goOn(nextButOne);
  }

  /** The statements that end in any other line. */
  readNew(codes: Codes, from: number, end: number): readonly Statement[] {
    const text = codes.part(from, end);
    if (text.length > LONGEST_LINE || text.length > this.#texts.length) {
      const { statements, after } = readTyped(this.#last.after, text);
      this.#last = untold(after);
      return statements;
    }
    if (!text.startsWith(FIRST_PROMPT)) return this.#goOn(this.#remember(text, codes, from));
    const hash = hashOf(codes, from, end);
    const known = this.#firsts.get(hash);
    if (known && this.#isText(known, codes, from, end)) return this.#goOn(known);
    const first = this.#remember(text, codes, from);
    this.#firsts.set(hash, first);
    return this.#goOn(first);
  }

  #goOn(line: ScriptLine): readonly Statement[] {
    const last = this.#last;
    last.nextButOne = last.next;
    last.next = line;
    this.#last = line;
    return line.statements;
  }

  #remember(text: string, codes: Codes, from: number): ScriptLine {
    const { length } = text;
    if (this.#used + length > this.#texts.length) this.#forget();
    const start = this.#used;
    this.#texts.set(codes.subarray(from, from + length), start);
    this.#used += length;
    return scriptLine(readTyped(this.#last.after, text), start, length);
  }

  #forget(): void {
    this.#last = untold(this.#last.after);
    this.#firsts.clear();
    this.#used = 0;
  }

  #isText({ start, length }: ScriptLine, codes: Codes, from: number, end: number): boolean {
    if (end - from !== length) return false;
    for (let at = 0; at < length; at += 1) {
      if (codes[from + at] !== this.#texts[start + at]) return false;
    }
    return true;
  }
}

/** FNV-1a. */
const hashOf = (codes: Codes, from: number, end: number): number => {
  let hash = 0x811c9dc5;
  for (let at = from; at < end; at += 1) hash = Math.imul(hash ^ (codes[at] ?? 0), 0x01000193);
  return hash;
};
