/**
 * Gathers what is asked for while a call is under way and asks for it together in the next one: one at a time under no
 * load, large batches under load, and never earlier than needed.
 */
export class Coalescer<Item, Answer> {
  readonly #ask: (items: readonly Item[]) => Promise<readonly Answer[]>;
  readonly #maxBatch: number;
  readonly #waiting: { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] =
    [];
  #isAsking = false;

  /** `ask` answers one for each item, in their order. */
  constructor(ask: (items: readonly Item[]) => Promise<readonly Answer[]>, maxBatch: number) {
    this.#ask = ask;
    this.#maxBatch = maxBatch;
  }

  get(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isAsking) this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#isAsking = true;
    // What is asked for in the same moment goes into the same call.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#maxBatch);
      try {
        const answers = await this.#ask(batch.map(({ item }) => item));
        for (const [index, { resolve }] of batch.entries()) {
          const answer = answers[index];
          if (answer === undefined) throw new Error(`${answers.length} answers to ${batch.length} questions`);
          resolve(answer);
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isAsking = false;
  }
}
