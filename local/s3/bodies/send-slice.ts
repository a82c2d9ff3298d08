import { close, read } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { alignDown, alignUp, pageAligned } from './direct-io.ts';

/** Bytes of a stored body, first and last included. Who sends them closes the file, which may ask for aligned reads. */
export interface BodySlice {
  readonly fd: number;
  readonly start: number;
  readonly end: number;
}

/** Few turns per body, and small enough to stay in a processor's cache on the way. */
const PIECE_BYTES = 512 * 1024;
/** Enough for eight readers at once; more of them make and drop their own. */
const MAX_SPARE = 16;

/** Fresh memory for each piece would cost more than reading and sending it: its pages, and V8 that collects it. */
const spare: Buffer<SharedArrayBuffer>[] = [];

const readInto = promisify(read);
const closeFile = promisify(close);

/**
 * Sends the body of an answer whose head was written: while one piece goes out the next is read, so that a reader
 * holds two of them, however slow it is. Throws when it goes away before the end.
 */
export async function sendSlice(response: ServerResponse, { fd, start, end }: BodySlice): Promise<void> {
  const reader = new Reader(response);
  try {
    let sent = Promise.resolve();
    for (let next = start; next <= end; ) {
      const piece = spare.pop() ?? Buffer.from(pageAligned(PIECE_BYTES), 0, PIECE_BYTES);
      const from = alignDown(next);
      const wantedBytes = Math.min(PIECE_BYTES, alignUp(end + 1) - from);
      const { bytesRead } = await readInto(fd, piece, 0, wantedBytes, from);
      const until = Math.min(from + bytesRead, end + 1);
      if (until <= next) throw new Error('A stored body is shorter than its metadata says');
      await sent;
      sent = reader.write(piece, piece.subarray(next - from, until - from));
      next = until;
    }
    await sent;
    response.end();
  } finally {
    reader.leave();
    await closeFile(fd);
  }
}

/** Who a body goes to. A write that its connection did not live to see done would never call back. */
class Reader {
  readonly #response: ServerResponse;
  readonly #gone = Promise.withResolvers<never>();
  readonly #onClose = () => this.#gone.reject(new Error('The reader went away'));

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#gone.promise.catch(() => {});
    // The connection's own end: an answer that waits for others on it is not told.
    response.req.socket.once('close', this.#onClose);
    if (response.req.socket.destroyed) this.#onClose();
  }

  /** Sends a part of a piece, which may then be filled again. */
  write(piece: Buffer<SharedArrayBuffer>, part: Buffer): Promise<void> {
    const written = new Promise<void>((resolve, reject) => {
      this.#response.write(part, (cause) => {
        if (cause) return reject(cause);
        // Only now: the bytes of a write that failed may still be looked at.
        if (spare.length < MAX_SPARE) spare.push(piece);
        resolve();
      });
    });
    const settled = Promise.race([written, this.#gone.promise]);
    // Awaited after the next piece was read; until then a failure must not count as unhandled.
    settled.catch(() => {});
    return settled;
  }

  leave(): void {
    this.#response.req.socket.off('close', this.#onClose);
  }
}
