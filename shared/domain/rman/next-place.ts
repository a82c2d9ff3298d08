/**
 * Whether the lines of a long text hold a word. One search goes on through all the lines that lack it: to ask each of them costs more than to
 * read it. Lines have to be asked for in the order of the text.
 */
export class NextPlace {
  readonly #word: string;
  #text = '';
  #place = -1;

  constructor(word: string) {
    this.#word = word;
  }

  /** Whether the word begins in this part of the text. */
  isIn(text: string, from: number, end: number): boolean {
    if (text !== this.#text) {
      this.#text = text;
      this.#place = -1;
    }
    if (this.#place < from) {
      const place = text.indexOf(this.#word, from);
      this.#place = place < 0 ? text.length : place;
    }
    return this.#place < end;
  }
}
