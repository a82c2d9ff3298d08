import type { MoverProgress } from '../ports.ts';

/** Bytes count when they stand in their place, files when they are verified. */
export class RestoreProgress {
  readonly #totals: { readonly bytesTotal: number; readonly filesTotal: number };
  readonly #report: (progress: MoverProgress) => void;
  #bytesDone = 0;
  #filesDone = 0;

  constructor(
    totals: { readonly files: number; readonly bytes: number },
    report: (progress: MoverProgress) => void,
  ) {
    this.#totals = { bytesTotal: totals.bytes, filesTotal: totals.files };
    this.#report = report;
  }

  addBytes(bytes: number): void {
    this.#bytesDone += bytes;
    this.#send();
  }

  addFile(): void {
    this.#filesDone++;
    this.#send();
  }

  #send(): void {
    this.#report({ bytesDone: this.#bytesDone, filesDone: this.#filesDone, ...this.#totals });
  }
}
