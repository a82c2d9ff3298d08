import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import type { LogSettings } from './log-settings.ts';

/** How long after a failure the file is tried again. */
const retryMillis = 60_000;

/** What may wait for a slow disk; a hung one must not fill the memory. */
const maxWaitingBytes = 4 * 2 ** 20;

/** A file that is put aside when it is large. Never throws: a log that cannot be written must not stop a backup. */
export class LogFile {
  readonly #settings: Omit<LogSettings, 'level'> & { readonly file: string };
  readonly #onFailure: (error: Error) => void;
  #stream: RotatingFileStream | undefined;
  #retryAt = 0;

  constructor(
    settings: Omit<LogSettings, 'level'> & { readonly file: string },
    onFailure: (error: Error) => void,
  ) {
    this.#settings = settings;
    this.#onFailure = onFailure;
    this.#open();
  }

  /** Whether the line was taken; otherwise it is to be told elsewhere. */
  write(line: string): boolean {
    if (!this.#stream && Date.now() >= this.#retryAt) this.#open();
    if (!this.#stream || this.#stream.writableLength > maxWaitingBytes) return false;
    this.#stream.write(line);
    return true;
  }

  /** Resolves when all lines are written, or cannot be. */
  async close(): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#retryAt = Number.POSITIVE_INFINITY;
    if (!stream || stream.closed) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      stream.end();
    });
  }

  #open(): void {
    const { file, maxBytes, keep } = this.#settings;
    const stream = createStream(file, { size: `${maxBytes}B`, rotate: keep, mode: 0o640 });
    this.#stream = stream;
    stream.on('error', (error) => {
      if (this.#stream !== stream) return;
      this.#stream = undefined;
      this.#retryAt = Date.now() + retryMillis;
      this.#onFailure(error);
    });
  }
}
