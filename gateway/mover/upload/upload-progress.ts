import type { MoverProgress } from '../ports.ts';
import type { ListedEntry } from './list-tree.ts';
import type { FileWindow } from './snapshot-files.ts';

/** Counts what was read against what the listing promised. */
export class UploadProgress {
  readonly #report: (progress: MoverProgress) => void;
  readonly #totals: { readonly bytesTotal: number; readonly filesTotal: number };
  #bytesDone = 0;
  #filesDone = 0;

  constructor(
    totals: { readonly bytesTotal: number; readonly filesTotal: number },
    report: (progress: MoverProgress) => void,
  ) {
    this.#totals = totals;
    this.#report = report;
  }

  add(window: FileWindow): void {
    this.#count(window.length, window.endsFile ? 1 : 0);
  }

  /** A file that need not be read. */
  addUntouched(listed: ListedEntry): void {
    this.#count(listed.sizeBytes, 1);
  }

  #count(bytes: number, files: number): void {
    this.#bytesDone += bytes;
    this.#filesDone += files;
    this.#report({ bytesDone: this.#bytesDone, filesDone: this.#filesDone, ...this.#totals });
  }
}
