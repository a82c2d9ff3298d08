import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { logFolderOf } from './local-folder.ts';
import { LogReader } from './log-reader.ts';

export interface LogLine {
  /** When it was written, UTC. */
  readonly time: string;
  readonly functionName: string;
  readonly message: string;
}

const EXTENSION = '.log';

/** Functions that have logged something, by name. */
export const listLoggedFunctions = (folder: string): readonly string[] => {
  const logFolder = logFolderOf(folder);
  if (!existsSync(logFolder)) return [];
  return readdirSync(logFolder)
    .filter((name) => name.endsWith(EXTENSION))
    .map((name) => name.slice(0, -EXTENSION.length))
    .sort();
};

/** The logs of a data folder, of one function or of all. They can be read while the functions run. */
export class FunctionLogs {
  readonly #folder: string;
  readonly #only: string | undefined;
  readonly #readers = new Map<string, LogReader>();
  readonly #lastTimes = new Map<string, string>();

  constructor(folder: string, only?: string) {
    this.#folder = folder;
    this.#only = only;
  }

  /** What was written since the last call, at first everything that is kept; in the order of time. */
  readNew(): readonly LogLine[] {
    const names = this.#only === undefined ? listLoggedFunctions(this.#folder) : [this.#only];
    const lines = names.flatMap((name) =>
      this.#readerOf(name)
        .readLines()
        .map((line) => this.#parse(name, line)),
    );
    return lines.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.close();
  }

  #readerOf(name: string): LogReader {
    const reader =
      this.#readers.get(name) ?? new LogReader(join(logFolderOf(this.#folder), name + EXTENSION));
    this.#readers.set(name, reader);
    return reader;
  }

  #parse(functionName: string, line: string): LogLine {
    const [, time, message = line] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (.*)$/s.exec(line) ?? [];
    // A rotation may cut a line in two: the second part goes with the first.
    const known = time ?? this.#lastTimes.get(functionName) ?? '';
    this.#lastTimes.set(functionName, known);
    return { time: known, functionName, message };
  }
}
