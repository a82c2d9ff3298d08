import { close, fdatasync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { BodyDigester, type DigestRequest, type Digests } from './digests.ts';

/** The disk begins with these while the rest comes in, so that little is left to wait for at the end. */
const SYNC_BYTES = 8 << 20;

const sync = promisify(fdatasync);
const closeFile = promisify(close);

/** A new file and the digests of what is written to it. */
export class HashedFile {
  readonly #fd: number;
  readonly #digester: BodyDigester;
  #syncing: Promise<unknown> = Promise.resolve();
  #unsyncedBytes = 0;
  #isIncomplete = false;
  #isClosed = false;

  constructor(path: string, request: DigestRequest) {
    this.#digester = new BodyDigester(request);
    this.#fd = openSync(path, 'wx');
  }

  /** Once it failed, what follows is passed over, and `finish` fails. */
  write(batch: Uint8Array): void {
    if (this.#isIncomplete) return;
    this.#digester.update(batch);
    this.#isIncomplete = true;
    for (let from = 0; from < batch.length; ) from += writeSync(this.#fd, batch, from);
    this.#isIncomplete = false;
    this.#unsyncedBytes += batch.length;
    if (this.#unsyncedBytes >= SYNC_BYTES) this.#sync();
  }

  /** The file is closed and on the disk when this resolves. */
  async finish(): Promise<Digests> {
    if (this.#isIncomplete) throw new Error('A part of the body could not be written');
    this.#sync();
    await this.#syncing;
    await this.close();
    return this.#digester.digests();
  }

  async close(): Promise<void> {
    await this.#syncing.catch(() => {});
    // Once: another file may have the same number by now.
    if (this.#isClosed) return;
    this.#isClosed = true;
    await closeFile(this.#fd);
  }

  #sync(): void {
    this.#unsyncedBytes = 0;
    this.#syncing = Promise.all([this.#syncing, sync(this.#fd)]);
    // A failure is met at the end; until then it must not count as unhandled.
    this.#syncing.catch(() => {});
  }
}
