import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** One write in flight while the next bytes come in: a body needs about twice this much memory. */
const WRITE_BYTES = 1 << 20;
/** The disk begins with these while the rest comes in, so that little is left to wait for at the end. */
const SYNC_BYTES = 8 << 20;

/** Bodies as files, named by random ids: nothing that a client sends becomes a part of a path. */
export class BodyStore {
  readonly #bodies: string;
  readonly #unfinished: string;

  constructor(directory: string) {
    this.#bodies = join(directory, 'bodies');
    this.#unfinished = join(directory, 'unfinished');
    mkdirSync(this.#unfinished, { recursive: true });
    mkdirSync(this.#bodies, { recursive: true });
    syncDirectory(directory);
  }

  /**
   * Stores a body and returns its id. File and name are on the disk when this resolves; when the source
   * throws, nothing is left.
   */
  async write(chunks: AsyncIterable<Buffer>): Promise<string> {
    const id = randomUUID();
    const unfinished = join(this.#unfinished, id);
    const file = await open(unfinished, 'wx');
    try {
      await writeChunks(file, chunks);
      await file.sync();
      await file.close();
      await rename(unfinished, this.#path(id));
      const folder = await open(this.#bodies, 'r');
      await folder.sync().finally(() => folder.close());
      return id;
    } catch (cause) {
      await file.close().catch(() => {});
      await Promise.all([rm(unfinished, { force: true }), this.remove([id])]);
      throw cause;
    }
  }

  /** Opens at once, so that no delete comes between a look-up and the read; the caller closes. */
  open(id: string): number {
    return openSync(this.#path(id), 'r');
  }

  /** Readers that have a body open keep reading it. */
  async remove(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => rm(this.#path(id), { force: true })));
  }

  /** Clears what a crash left: unfinished bodies, and bodies whose metadata was not or is no longer stored. */
  removeLeftovers(isKnown: (id: string) => boolean): void {
    for (const name of readdirSync(this.#unfinished)) rmSync(join(this.#unfinished, name), { force: true });
    for (const id of readdirSync(this.#bodies)) if (!isKnown(id)) rmSync(this.#path(id), { force: true });
  }

  #path(id: string): string {
    return join(this.#bodies, id);
  }
}

async function writeChunks(file: FileHandle, chunks: AsyncIterable<Buffer>): Promise<void> {
  let batch: Buffer[] = [];
  let batchBytes = 0;
  let writing: Promise<void> = Promise.resolve();
  let syncing: Promise<void> = Promise.resolve();
  let unsyncedBytes = 0;
  try {
    for await (const chunk of chunks) {
      batch.push(chunk);
      batchBytes += chunk.length;
      if (batchBytes < WRITE_BYTES) continue;
      await writing;
      writing = writeBatch(file, batch);
      // The failure is met by the next await; until then it must not count as unhandled.
      writing.catch(() => {});
      unsyncedBytes += batchBytes;
      if (unsyncedBytes >= SYNC_BYTES) {
        await syncing;
        syncing = file.datasync();
        syncing.catch(() => {});
        unsyncedBytes = 0;
      }
      batch = [];
      batchBytes = 0;
    }
  } finally {
    await Promise.allSettled([writing, syncing]);
  }
  await Promise.all([writing, syncing]);
  await writeBatch(file, batch);
}

async function writeBatch(file: FileHandle, batch: readonly Buffer[]): Promise<void> {
  if (batch.length === 0) return;
  const sizeBytes = batch.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await file.writev(batch);
  // A short write is rare (a full disk mostly); the rest then fails with the real reason.
  if (bytesWritten < sizeBytes) await file.writeFile(Buffer.concat(batch).subarray(bytesWritten));
  for (const chunk of batch) release(chunk);
}

/**
 * Each chunk is memory outside of V8's heap, and 64 MB of that make V8 collect all of it, dead or not: with the heap of
 * a whole platform that costs more than the rest of an upload. Parts of a larger buffer may share it with others.
 */
function release({ buffer, length }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0);
}

function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
