/** The open set of each channel. The channel that had the word last mostly has it again, and is not looked up. */
export class OpenSets<Draft> {
  /** Undefined where none is open: taking a channel out and in again with each set costs more than the set. */
  readonly #byChannel = new Map<string, Draft | undefined>();
  #channel = '';
  #set: Draft | undefined;

  on(channel: string): Draft | undefined {
    if (channel !== this.#channel) {
      this.#channel = channel;
      this.#set = this.#byChannel.get(channel);
    }
    return this.#set;
  }

  put(channel: string, set: Draft | undefined): void {
    this.#byChannel.set(channel, set);
    this.#channel = channel;
    this.#set = set;
  }

  get all(): Draft[] {
    return [...this.#byChannel.values()].filter((set) => set !== undefined);
  }

  clear(): void {
    if (this.#byChannel.size > 0) this.#byChannel.clear();
    this.#channel = '';
    this.#set = undefined;
  }
}
