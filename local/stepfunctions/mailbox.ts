/** Runs the jobs of each execution one after another, and those of different executions side by side. */
export class Mailbox {
  readonly #last = new Map<number, Promise<void>>();
  readonly #afterEach: (executionId: number) => Promise<void>;

  /** `afterEach` runs right after every job, before the next one of the same execution; it must not reject. */
  constructor(afterEach: (executionId: number) => Promise<void>) {
    this.#afterEach = afterEach;
  }

  /** Resolves or rejects as the job does. A job that rejects does not hold up those behind it. */
  enqueue<Result>(executionId: number, job: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(executionId) ?? Promise.resolve();
    const result = before.then(job);
    const done = result.then(
      () => this.#afterEach(executionId),
      () => this.#afterEach(executionId),
    );
    this.#last.set(executionId, done);
    void done.then(() => {
      if (this.#last.get(executionId) === done) {
        this.#last.delete(executionId);
      }
    });
    return result;
  }

  async drain(): Promise<void> {
    while (this.#last.size > 0) {
      await Promise.all(this.#last.values());
    }
  }
}
