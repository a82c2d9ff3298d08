/** The names of channels. Most words that are none are told by their last character, without a search. */
export class ChannelNames extends Set<string> {
  readonly #lastCharacters = new Set<number>();

  override add(name: string): this {
    if (this.has(name)) return this;
    this.#lastCharacters.add(name.charCodeAt(name.length - 1));
    return super.add(name);
  }

  mayEndIn(code: number): boolean {
    return this.#lastCharacters.has(code);
  }
}
