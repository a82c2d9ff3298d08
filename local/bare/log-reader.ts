import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

interface OpenFile {
  readonly descriptor: number;
  readonly inode: number;
}

/** Reads a function's log line by line, as it grows and while it is rotated. */
export class LogReader {
  readonly #path: string;
  /** The newest file at the last look. Kept open, or the file system could give its inode to a later one. */
  #newest: OpenFile | undefined;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** What was written since the last call, at first everything that is kept; complete lines only. */
  readLines(): readonly string[] {
    // Opened before the older one: a rotation in between then shows one file twice, and hides none.
    const newest = openFile(this.#path);
    if (newest === undefined || newest.inode === this.#newest?.inode) {
      if (newest !== undefined) closeSync(newest.descriptor);
      return this.#newest === undefined ? [] : this.#read(this.#newest, true);
    }
    const lines = this.#finishOlder(newest);
    this.#newest = newest;
    this.#offset = 0;
    return [...lines, ...this.#read(newest, true)];
  }

  close(): void {
    if (this.#newest !== undefined) closeSync(this.#newest.descriptor);
    this.#newest = undefined;
  }

  /** The rest of the file that was the newest, and the file that came between it and the present one. */
  #finishOlder(newest: OpenFile): readonly string[] {
    const before = this.#newest;
    const lines = before === undefined ? [] : [...this.#read(before, false)];
    const older = openFile(`${this.#path}.1`);
    if (older !== undefined) {
      this.#offset = 0;
      if (older.inode !== before?.inode && older.inode !== newest.inode)
        lines.push(...this.#read(older, false));
      closeSync(older.descriptor);
    }
    this.close();
    return lines;
  }

  #read({ descriptor }: OpenFile, isGrowing: boolean): readonly string[] {
    const bytes = Buffer.alloc(Math.max(fstatSync(descriptor).size - this.#offset, 0));
    const readable = bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, this.#offset));
    const complete = isGrowing ? readable.subarray(0, readable.lastIndexOf('\n') + 1) : readable;
    this.#offset += complete.length;
    return complete
      .toString()
      .split('\n')
      .filter((line) => line !== '');
  }
}

const openFile = (path: string): OpenFile | undefined => {
  try {
    const descriptor = openSync(path, 'r');
    return { descriptor, inode: fstatSync(descriptor).ino };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
