import { pageAligned } from './direct-io.ts';

/** What a thread works in, whichever pool the task is of: threads collect garbage late, and that of many pools would linger. */
export class ThreadMemory {
  /** For the longest window that it is given. */
  readonly window: Buffer;
  #mirror: Buffer | undefined;

  constructor(bytes: number) {
    this.window = Buffer.allocUnsafeSlow(bytes);
  }

  /** As long, and begins at a page: what was written to a disk is read back into it. Only restores need it. */
  get mirror(): Buffer {
    this.#mirror ??= Buffer.from(pageAligned(this.window.length));
    return this.#mirror;
  }
}
