import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type Descriptors, leastDirectBytes } from '../threads/direct-io.ts';

/** Enough for the files that one pack touches; each is open twice, which is still far below the usual limit of 1024. */
const maxOpen = 64;

export interface OpenFile {
  readonly handle: FileHandle;
  /** For the worker threads. */
  readonly at: Descriptors;
}

interface KnownFile {
  readonly opened: Promise<OpenFile & { readonly close: () => Promise<void> }>;
  users: number;
}

/** Files opened for writing when needed, and kept open while used or recently used. */
export class OpenFiles {
  readonly #files = new Map<string, KnownFile>();

  /** `work` gets the file open; it must exist, and a symbolic link in its place is refused. */
  async use<T>(
    { path, size }: { readonly path: Buffer; readonly size: number },
    work: (file: OpenFile) => Promise<T>,
  ): Promise<T> {
    const file = this.#take(path.toString('latin1'), () => openTwice(path, size));
    file.users++;
    try {
      return await work(await file.opened);
    } finally {
      file.users--;
      await this.#closeIdle();
    }
  }

  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const file of files) await closeQuietly(file);
  }

  #take(key: string, openFile: () => KnownFile['opened']): KnownFile {
    const known = this.#files.get(key);
    const file = known ?? { opened: openFile(), users: 0 };
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
      await closeQuietly(file);
    }
  }
}

const flags = constants.O_RDWR | constants.O_NOFOLLOW;

/** Past the page cache as well, when it is large enough and its file system knows that. */
async function openTwice(path: Buffer, size: number) {
  const handle = await open(path, flags);
  const isWorthIt = constants.O_DIRECT !== undefined && size >= leastDirectBytes;
  const direct = isWorthIt ? await open(path, flags | constants.O_DIRECT).catch(() => undefined) : undefined;
  const at = { fd: handle.fd, ...(direct && { direct: direct.fd }) };
  const close = async () => {
    await direct?.close();
    await handle.close();
  };
  return { handle, at, close };
}

/** A file that could not be opened has been reported to its user. */
const closeQuietly = ({ opened }: KnownFile): Promise<void> =>
  opened.then(
    ({ close }) => close(),
    () => {},
  );

/** Writes all of `bytes` at `position`. */
export async function writeFully(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
