import { close, read } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';

/** Bytes of a stored body, first and last included. Who sends them closes the file. */
export interface BodySlice {
  readonly fd: number;
  readonly start: number;
  readonly end: number;
}

/** Few turns per body, and small enough to stay in a processor's cache between the file and the socket. */
const PIECE_BYTES = 512 * 1024;
/** Enough for eight readers at once; more of them make and drop their own. */
const MAX_SPARE = 16;

/** Fresh memory for each piece would cost more than reading and sending it: its pages, and V8 that collects it. */
const spare: Buffer[] = [];

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
    for (let position = start; position <= end; ) {
      const piece = spare.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
      const { bytesRead } = await readInto(fd, piece, 0, Math.min(PIECE_BYTES, end + 1 - position), position);
      if (bytesRead === 0) throw new Error('A stored body is shorter than its metadata says');
      await sent;
      sent = reader.write(piece, bytesRead);
      position += bytesRead;
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

  write(piece: Buffer, sizeBytes: number): Promise<void> {
    const written = new Promise<void>((resolve, reject) => {
      this.#response.write(piece.subarray(0, sizeBytes), (cause) => {
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
