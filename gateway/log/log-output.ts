import { isDeepStrictEqual } from 'node:util';
import { LogFile } from './log-file.ts';
import type { LogSettings } from './log-settings.ts';

interface Lines {
  write(line: string): unknown;
}

/** Where the lines of the log go: to a file when one is set and can be written, otherwise to standard error. */
export class LogOutput {
  readonly #standardError: Lines;
  #settings: LogSettings | undefined;
  #file: LogFile | undefined;

  constructor(standardError: Lines) {
    this.#standardError = standardError;
  }

  write(line: string): void {
    if (!this.#file?.write(line)) this.#standardError.write(line);
  }

  /** Takes these settings for the lines that come from now on. */
  async use(settings: LogSettings): Promise<void> {
    if (isDeepStrictEqual(settings, this.#settings)) return;
    this.#settings = settings;
    await this.reopen();
  }

  /** Opens the file anew: whoever renamed it, to put it aside, sees no more lines in it after that. */
  async reopen(): Promise<void> {
    const left = this.#file;
    this.#file = this.#settings && this.#open(this.#settings);
    await left?.close();
  }

  /** Resolves when the file has all lines; what comes after that goes to standard error. */
  async close(): Promise<void> {
    const left = this.#file;
    this.#file = undefined;
    await left?.close();
  }

  #open({ file, ...limits }: LogSettings): LogFile | undefined {
    if (file === undefined) return undefined;
    return new LogFile({ file, ...limits }, (error) => this.#tell(file, error));
  }

  /** Not by the log itself, which would come back here. */
  #tell(file: string, { message }: Error): void {
    const msg = `the log file ${file} cannot be written, lines go to standard error for now: ${message}`;
    this.#standardError.write(`${JSON.stringify({ level: 50, time: Date.now(), msg })}\n`);
  }
}
