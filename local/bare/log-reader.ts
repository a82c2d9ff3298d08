import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Reads a function's log line by line, as it grows and while it is rotated. */
export class LogReader {
  readonly #path: string;
  /** The file that was the newest at the last look, and how much of it has been read. */
  #inode = 0;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** What was written since the last call, at first everything that is kept; complete lines only. */
  readLines(): readonly string[] {
    const files = openLog(this.#path);
    try {
      const known = files.findIndex(({ inode }) => inode === this.#inode);
      return files.slice(Math.max(known, 0)).flatMap(({ descriptor, inode }, index, { length }) => {
        if (inode !== this.#inode) this.#offset = 0;
        this.#inode = inode;
        return this.#readFrom(descriptor, index === length - 1);
      });
    } finally {
      for (const { descriptor } of files) closeSync(descriptor);
    }
  }

  #readFrom(descriptor: number, isGrowing: boolean): readonly string[] {
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

interface OpenFile {
  readonly descriptor: number;
  readonly inode: number;
}

/** The kept files, oldest first. The newer one is opened first: a rotation in between then shows one file twice. */
const openLog = (path: string): readonly OpenFile[] => {
  const [newer, older] = [openFile(path), openFile(`${path}.1`)];
  if (newer !== undefined && newer.inode === older?.inode) {
    closeSync(older.descriptor);
    return [newer];
  }
  return [older, newer].filter((file) => file !== undefined);
};

const openFile = (path: string): OpenFile | undefined => {
  try {
    const descriptor = openSync(path, 'r');
    return { descriptor, inode: fstatSync(descriptor).ino };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
