import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ulid } from 'ulid';
import { syncFolder } from '../durable-file.ts';
import { ownError } from '../protocol/errors.ts';

/** A log whose content is on disk. */
export interface SpooledLog {
  readonly logId: string;
  readonly sha256: string;
}

interface LogLimit {
  /** Read for each log, for it may change. */
  readonly maxLogBytes: number;
}

const keptSuffix = '.kept';

/** Keeps logs from their arrival until the vault has them. */
export class LogSpool {
  readonly #folder: string;
  readonly #config: LogLimit;

  private constructor(folder: string, config: LogLimit) {
    this.#folder = folder;
    this.#config = config;
  }

  static async open(dataDirectory: string, config: LogLimit): Promise<LogSpool> {
    const folder = join(dataDirectory, 'logs');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new LogSpool(folder, config);
  }

  pathOf(logId: string): string {
    return join(this.#folder, logId);
  }

  /** Stores what the stream brings; it is on disk when this resolves. Leaves nothing behind when it fails. */
  async receive(content: Readable): Promise<SpooledLog> {
    const logId = ulid();
    const path = this.pathOf(logId);
    const hash = createHash('sha256');
    try {
      await pipeline(
        content,
        (chunks: AsyncIterable<Buffer>) => limitBytes(chunks, this.#config.maxLogBytes, hash),
        createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
      );
      await syncFolder(this.#folder);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return { logId, sha256: hash.digest('hex') };
  }

  async remove(logId: string): Promise<void> {
    await rm(this.pathOf(logId), { force: true });
  }

  /** All that lies here. A crash between a log's arrival and its entry in the journal leaves one that nobody knows. */
  async list(): Promise<{ readonly logIds: string[]; readonly kept: string[] }> {
    const files = await readdir(this.#folder);
    const isKept = (file: string) => file.endsWith(keptSuffix);
    return { logIds: files.filter((file) => !isKept(file)), kept: files.filter(isKept) };
  }

  /** Sets a log aside that nobody may remove. */
  async keep(logId: string): Promise<void> {
    await rename(this.pathOf(logId), this.pathOf(logId) + keptSuffix);
  }
}

async function* limitBytes(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
  hash: { update(chunk: Buffer): unknown },
): AsyncGenerator<Buffer> {
  let received = 0;
  for await (const chunk of chunks) {
    received += chunk.length;
    if (received > maxBytes) {
      throw ownError(
        'LOG_TOO_LARGE',
        `The log is larger than ${maxBytes} bytes: send the log of this run only.`,
      );
    }
    hash.update(chunk);
    yield chunk;
  }
}
