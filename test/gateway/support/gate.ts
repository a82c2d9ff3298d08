/** Holds something up until the test lets it go on. */
export class Gate {
  readonly #opened: Promise<void>;
  #open: () => void = () => {};
  #arrive: () => void = () => {};
  /** Resolves when somebody stands before the gate. */
  readonly reached: Promise<void>;

  constructor() {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
    this.reached = new Promise((resolve) => {
      this.#arrive = resolve;
    });
  }

  pass(): Promise<void> {
    this.#arrive();
    return this.#opened;
  }

  open(): void {
    this.#open();
  }
}
