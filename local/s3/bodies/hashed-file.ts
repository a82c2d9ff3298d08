import { close, constants, fdatasync, ftruncate, openSync, write } from 'node:fs';
import { promisify } from 'node:util';
import { BodyDigester, type DigestRequest, type Digests } from './digests.ts';
import { alignUp } from './direct-io.ts';

const writeSome = promisify(write);
const cutFile = promisify(ftruncate);
const syncFile = promisify(fdatasync);
const closeFile = promisify(close);

const { O_WRONLY, O_CREAT, O_EXCL } = constants;

/** A new file and the digests of what is written to it: while the disk takes one batch, the next is hashed. */
export class HashedFile {
  readonly #fd: number;
  readonly #digester: BodyDigester;
  #sizeBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #isClosed = false;

  /** `flags`: how the file is opened beside what a new one needs. */
  constructor(path: string, flags: number, request: DigestRequest) {
    this.#fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | flags);
    this.#digester = new BodyDigester(request);
  }

  /** A batch whose size is no multiple of a page is the last. Once one failed, those behind it fail, too. */
  write(batch: SharedArrayBuffer, sizeBytes: number): Promise<void> {
    const position = this.#sizeBytes;
    this.#sizeBytes += sizeBytes;
    this.#digester.update(new Uint8Array(batch, 0, sizeBytes));
    const padded = new Uint8Array(batch, 0, alignUp(sizeBytes)).fill(0, sizeBytes);
    this.#writing = this.#writing.then(() => this.#writeAll(padded, position));
    return this.#writing;
  }

  /** The file is closed and on the disk when this resolves. */
  async finish(): Promise<Digests> {
    await this.#writing;
    if (alignUp(this.#sizeBytes) > this.#sizeBytes) await cutFile(this.#fd, this.#sizeBytes);
    await syncFile(this.#fd);
    await this.close();
    return this.#digester.digests();
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => {});
    // Once: another file may have the same number by now.
    if (this.#isClosed) return;
    this.#isClosed = true;
    await closeFile(this.#fd);
  }

  async #writeAll(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await writeSome(this.#fd, bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }
}
