import type { MoverProgress } from '../mover/ports.ts';
import type { Log } from '../ports/log.ts';

const everyMillis = 60_000;

/** Says in the log, once a minute, how far an upload is and how long it will take. */
export class ProgressLines {
  readonly #log: Log;
  readonly #about: object;
  readonly #now: () => number;
  readonly #startedAt: number;
  #saidAt: number;
  #bytesSent = 0;

  /** `now`: milliseconds that never go back. */
  constructor(log: Log, about: object, now: () => number) {
    this.#log = log;
    this.#about = about;
    this.#now = now;
    this.#startedAt = now();
    this.#saidAt = this.#startedAt;
  }

  addSent(bytes: number): void {
    this.#bytesSent += bytes;
  }

  note({ bytesDone, bytesTotal, filesDone, filesTotal }: MoverProgress): void {
    const now = this.#now();
    if (now - this.#saidAt < everyMillis) return;
    this.#saidAt = now;
    const seconds = (now - this.#startedAt) / 1000;
    const secondsLeft =
      bytesDone > 0 ? Math.round(((bytesTotal - bytesDone) / bytesDone) * seconds) : undefined;
    const rates = {
      readBytesPerSecond: Math.round(bytesDone / seconds),
      sentBytesPerSecond: Math.round(this.#bytesSent / seconds),
    };
    const counts = { bytesDone, bytesTotal, filesDone, filesTotal, bytesSent: this.#bytesSent };
    this.#log.info({ ...this.#about, ...counts, ...rates, secondsLeft }, 'upload is under way');
  }
}
