import { LOG_TAIL_BYTES } from './limits.ts';
import type { LogFile } from './log-file.ts';

/** What one environment writes to its function's log, with the end of the current invocation's part at hand. */
export class Transcript {
  readonly #log: LogFile;
  #tail = Buffer.alloc(0);

  constructor(log: LogFile) {
    this.#log = log;
  }

  /** The last 4 KiB since the invocation began. */
  get tail(): Buffer {
    return this.#tail;
  }

  begin(): void {
    this.#tail = Buffer.alloc(0);
  }

  writeLines(lines: readonly string[]): void {
    this.write(lines.map((line) => `${line}\n`).join(''));
  }

  write(text: string): void {
    this.#log.write(text);
    this.#tail = Buffer.concat([this.#tail, Buffer.from(text)]).subarray(-LOG_TAIL_BYTES);
  }
}
