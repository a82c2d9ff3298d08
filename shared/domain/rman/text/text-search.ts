import { KnownText } from './known-text.ts';
import type { Codes } from './text-codes.ts';

/** A text that is looked for in many lines. */
export interface SearchedText {
  readonly text: KnownText;
  /** By the character under the end of the text: 0, where it may stand here, or how far on it may. */
  readonly jumps: Uint8Array;
}

export const searchedText = (wanted: string): SearchedText => {
  const text = new KnownText(wanted);
  const jumps = new Uint8Array(128).fill(text.length);
  for (let index = 0; index < text.length; index += 1) {
    jumps[text.codeAt(index)] = text.length - 1 - index;
  }
  return { text, jumps };
};

/**
 * The first place where a text stands in a part of another, or -1. It is looked for by its last character, which tells how far the next
 * place is at least (Horspool's search): of a long text few characters are looked at.
 */
export const placeOf = ({ text, jumps }: SearchedText, codes: Codes, from: number, end: number): number => {
  const { length } = text;
  for (let at = from; at + length <= end; ) {
    const jump = jumps[codes[at + length - 1] ?? 0] ?? length;
    if (jump === 0 && text.standsIn(codes, at, end)) return at;
    at += jump === 0 ? 1 : jump;
  }
  return -1;
};

/** A character that few lines have: where it stands next in a chunk is looked for once, for all the lines before that place. */
export class RareCharacter {
  readonly #wanted: string;
  #serial = 0;
  /** From where it was looked for in the chunk, and where it was found. */
  #from = 0;
  #place = 0;

  constructor(wanted: string) {
    this.#wanted = wanted;
  }

  /** The first place from another one on; the end of the text, where there is none. */
  nextIn(codes: Codes, from: number): number {
    if (codes.serial !== this.#serial || from < this.#from || from > this.#place) this.#search(codes, from);
    return this.#place;
  }

  #search({ text, serial }: Codes, from: number): void {
    const place = text.indexOf(this.#wanted, from);
    this.#serial = serial;
    this.#from = from;
    this.#place = place < 0 ? text.length : place;
  }
}
