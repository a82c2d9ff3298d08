import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Enough for the files that one pack touches; far below the usual limit of 1024. */
const maxOpen = 64;

interface OpenFile {
  readonly handle: Promise<FileHandle>;
  users: number;
}

/** Files opened for writing when needed, and kept open while used or recently used. */
export class OpenFiles {
  readonly #files = new Map<string, OpenFile>();

  /** `work` gets the file open; it must exist, and a symbolic link in its place is refused. */
  async use<T>(path: Buffer, work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const file = this.#take(path.toString('latin1'), path);
    file.users++;
    try {
      return await work(await file.handle);
    } finally {
      file.users--;
      await this.#closeIdle();
    }
  }

  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const { handle } of files) await closeQuietly(handle);
  }

  #take(key: string, path: Buffer): OpenFile {
    const known = this.#files.get(key);
    const file = known ?? { handle: open(path, constants.O_RDWR | constants.O_NOFOLLOW), users: 0 };
    // Last in the map is most recently used.
    this.#files.delete(key);
    this.#files.set(key, file);
    return file;
  }

  async #closeIdle(): Promise<void> {
    for (const [key, file] of this.#files) {
      if (this.#files.size <= maxOpen) return;
      if (file.users > 0) continue;
      this.#files.delete(key);
      await closeQuietly(file.handle);
    }
  }
}

/** A file that could not be opened has been reported to its user. */
const closeQuietly = (handle: Promise<FileHandle>): Promise<void> =>
  handle.then(
    (open) => open.close(),
    () => {},
  );

/** Writes all of `bytes` at `position`. */
export async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
