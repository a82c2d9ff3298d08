import type { ServerResponse } from 'node:http';

/** Who a body goes to. A write that its connection did not live to see done would never call back. */
export class Reader {
  readonly #response: ServerResponse;
  readonly #gone = Promise.withResolvers<never>();
  readonly #onClose = () => this.#gone.reject(new Error('The reader went away'));
  #pendingWrites = 0;

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#gone.promise.catch(() => {});
    // The connection's own end: an answer that waits for others on it is not told.
    response.req.socket.once('close', this.#onClose);
    if (response.req.socket.destroyed) this.#onClose();
  }

  /** `onTaken`: nobody looks at the bytes any more. Those of a write that failed may still be looked at. */
  write(bytes: Uint8Array, onTaken?: () => void): Promise<void> {
    this.#pendingWrites += 1;
    const written = new Promise<void>((resolve, reject) => {
      this.#response.write(bytes, (cause) => {
        if (cause) return reject(cause);
        this.#pendingWrites -= 1;
        onTaken?.();
        resolve();
      });
    });
    const settled = Promise.race([written, this.#gone.promise]);
    // Awaited after the next piece is there; until then a failure must not count as unhandled.
    settled.catch(() => {});
    return settled;
  }

  leave(): void {
    this.#response.req.socket.off('close', this.#onClose);
  }

  /** Calls back when nobody looks at anything that was written: at the latest when the connection is closed. */
  whenIdle(callback: () => void): void {
    const { socket } = this.#response.req;
    if (this.#pendingWrites === 0 || socket.closed) callback();
    else socket.once('close', callback);
  }
}
