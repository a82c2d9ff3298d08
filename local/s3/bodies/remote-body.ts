import { BATCH_BYTES, type Batch } from './batches.ts';
import type { BodyOrder, BodyReply } from './body-messages.ts';
import type { BodySink } from './body-sink.ts';
import type { Digests } from './digests.ts';

/** Batches of one body that are not yet written: one is filled while the others are hashed. Lets a fast client wait. */
const MAX_UNWRITTEN = 4;

/** How a body reaches its thread. */
interface Connection {
  readonly send: (order: BodyOrder) => void;
  readonly takeBatch: () => Batch;
  /** Takes what was written; absent: the body's next bytes do. */
  readonly hold: ((batch: Batch) => void) | undefined;
  /** Forgets the body and takes back those of its batches that nobody uses any more. */
  readonly end: (batches: readonly Batch[]) => void;
}

/** A body that another thread hashes and writes. */
export class RemoteBody implements BodySink {
  readonly #id: number;
  readonly #connection: Connection;
  readonly #free: Batch[] = [];
  /** Being hashed and written, the oldest first. */
  readonly #sent: Batch[] = [];
  #batch: Buffer<Batch> | undefined;
  #filledBytes = 0;
  #room: PromiseWithResolvers<void> | undefined;
  #stored: PromiseWithResolvers<Digests> | undefined;
  #abandoned: PromiseWithResolvers<void> | undefined;
  #failure: Error | undefined;
  /** The thread has let go of it. */
  #isOver = false;

  constructor(id: number, connection: Connection) {
    this.#id = id;
    this.#connection = connection;
  }

  readonly take = (chunk: Uint8Array): Promise<void> | undefined => {
    for (let from = 0; from < chunk.length; ) {
      if (this.#failure !== undefined) return Promise.reject(this.#failure);
      const batch = this.#openBatch();
      if (batch === undefined) return this.#awaitRoom().then(() => this.take(chunk.subarray(from)));
      const part = chunk.subarray(from, from + BATCH_BYTES - this.#filledBytes);
      // `set` takes care of other writers to shared memory at the same time, and takes twice as long.
      batch.fill(part, this.#filledBytes, this.#filledBytes + part.length);
      this.#filledBytes += part.length;
      from += part.length;
      if (this.#filledBytes === BATCH_BYTES) this.#sendBatch();
    }
    return undefined;
  };

  async finish(): Promise<Digests> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#sendBatch();
    this.#stored = Promise.withResolvers();
    this.#connection.send({ kind: 'finish', body: this.#id });
    return this.#stored.promise;
  }

  async abandon(): Promise<void> {
    if (this.#isOver) return;
    // A chunk that waits for room must not get into a batch that is another body's by then.
    this.#fail(new Error('The body was given up'));
    this.#abandoned = Promise.withResolvers();
    this.#connection.send({ kind: 'abandon', body: this.#id });
    await this.#abandoned.promise;
  }

  /** What the thread answers for this body. */
  hear(message: BodyReply): void {
    switch (message.kind) {
      case 'batch': {
        const written = this.#sent.shift();
        if (written !== undefined) this.#giveAway(written);
        this.#room?.resolve();
        return;
      }
      case 'failed':
        this.#fail(message.cause);
        return;
      case 'stored':
        this.#end();
        this.#stored?.resolve(message.digests);
        return;
      case 'abandoned':
        this.#end();
    }
  }

  /** The thread is no more. */
  lose(cause: Error): void {
    this.#fail(cause);
    this.#end();
  }

  #fail(cause: Error): void {
    this.#failure ??= cause;
    this.#room?.reject(cause);
    this.#stored?.reject(cause);
  }

  #end(): void {
    this.#isOver = true;
    if (this.#batch !== undefined) this.#free.push(this.#batch.buffer);
    this.#batch = undefined;
    this.#connection.end(this.#free.splice(0));
    this.#abandoned?.resolve();
  }

  #openBatch(): Buffer<Batch> | undefined {
    if (this.#batch !== undefined) return this.#batch;
    if (this.#sent.length === MAX_UNWRITTEN) return undefined;
    const buffer = this.#free.pop() ?? this.#connection.takeBatch();
    this.#batch = Buffer.from(buffer, 0, BATCH_BYTES);
    this.#filledBytes = 0;
    return this.#batch;
  }

  #giveAway(written: Batch): void {
    const { hold } = this.#connection;
    if (hold === undefined) this.#free.push(written);
    else hold(written);
  }

  #sendBatch(): void {
    if (this.#batch === undefined) return;
    const batch = this.#batch.buffer;
    this.#batch = undefined;
    this.#sent.push(batch);
    this.#connection.send({ kind: 'bytes', body: this.#id, batch, sizeBytes: this.#filledBytes });
  }

  #awaitRoom(): Promise<void> {
    this.#room = Promise.withResolvers();
    return this.#room.promise;
  }
}
