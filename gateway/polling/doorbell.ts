import { sleep } from '../retry.ts';

/** Ends the pause between two polls early. A ring that comes while nobody pauses ends the next pause at once. */
export class Doorbell {
  #hasRung = false;
  #answer: (() => void) | undefined;

  ring(): void {
    this.#hasRung = true;
    this.#answer?.();
  }

  /** Resolves when the time is over, when somebody rings, or when the signal is aborted. */
  async pause(millis: number, signal: AbortSignal): Promise<void> {
    const answered = new AbortController();
    this.#answer = () => answered.abort();
    if (!this.#hasRung) await sleep(millis, AbortSignal.any([signal, answered.signal])).catch(() => {});
    this.#answer = undefined;
    this.#hasRung = false;
  }
}
