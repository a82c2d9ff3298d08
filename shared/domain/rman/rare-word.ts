/** A word that hardly any log has: it is looked for once in each chunk, and not in each of its lines. */
export class RareWord {
  readonly #word: string;
  #text = '';
  #isThere = false;

  constructor(word: string) {
    this.#word = word;
  }

  /** `text`: the chunk that a line is a part of, or the line alone. */
  mayStandIn(text: string): boolean {
    if (text !== this.#text) this.#isThere = text.includes(this.#word);
    // Also of two chunks that are equal: the same string is told at once from then on.
    this.#text = text;
    return this.#isThere;
  }
}
