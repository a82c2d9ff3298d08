import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BodyDigester, DigestRequest, Digests } from './body-digester.ts';
import type { DigestOrder, DigestReply } from './digest-messages.ts';

const BATCH_BYTES = 1 << 20;
/** Batches of one body: one is filled while the others are hashed. Bounds the memory of a body to 8 MiB. */
const BATCHES = 8;
/** Buffers kept for the next bodies: fresh ones cost more in page faults and collection than in memory. */
const MAX_SPARE = 16;

/**
 * A thread that hashes large bodies beside the server's own. It starts with the first of them. The batches are in
 * memory that both threads see: handing a buffer over to another thread and back costs a third of hashing it.
 */
export class DigestThread {
  readonly #bodies = new Map<number, RemoteDigester>();
  readonly #spare: SharedArrayBuffer[] = [];
  #worker: Worker | undefined;
  #lastBody = 0;

  open(request: DigestRequest): BodyDigester {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const body = ++this.#lastBody;
    const digester = new RemoteDigester(body, {
      send: (order) => worker.postMessage(order),
      takeBuffer: () => this.#spare.pop() ?? new SharedArrayBuffer(BATCH_BYTES),
      end: (buffers) => {
        this.#bodies.delete(body);
        this.#spare.push(...buffers.slice(0, MAX_SPARE - this.#spare.length));
      },
    });
    this.#bodies.set(body, digester);
    worker.postMessage({ kind: 'open', body, request } satisfies DigestOrder);
    return digester;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(join(import.meta.dirname, 'digest-worker.ts'));
    // A server that was not closed must not keep its process.
    worker.unref();
    worker.on('message', (message: DigestReply) => this.#bodies.get(message.body)?.take(message));
    const fail = (cause: Error) => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const digester of [...this.#bodies.values()]) digester.fail(cause);
    };
    worker.on('error', fail);
    worker.on('exit', () => fail(new Error('The thread that hashes bodies ended')));
    return worker;
  }
}

interface Connection {
  readonly send: (order: DigestOrder) => void;
  readonly takeBuffer: () => SharedArrayBuffer;
  /** Forgets the body and takes back those of its buffers that nobody uses any more. */
  readonly end: (buffers: readonly SharedArrayBuffer[]) => void;
}

class RemoteDigester implements BodyDigester {
  readonly #body: number;
  readonly #connection: Connection;
  readonly #free: SharedArrayBuffer[] = [];
  /** Being hashed, the oldest first. */
  readonly #sent: SharedArrayBuffer[] = [];
  #made = 0;
  #batch: Uint8Array<SharedArrayBuffer> | undefined;
  #filledBytes = 0;
  #room: PromiseWithResolvers<void> | undefined;
  #result: PromiseWithResolvers<Digests> | undefined;
  #failure: Error | undefined;

  constructor(body: number, connection: Connection) {
    this.#body = body;
    this.#connection = connection;
  }

  update(chunk: Uint8Array): Promise<void> | undefined {
    for (let from = 0; from < chunk.length; ) {
      const batch = this.#openBatch();
      if (batch === undefined) return this.#awaitRoom().then(() => this.update(chunk.subarray(from)));
      const part = chunk.subarray(from, from + BATCH_BYTES - this.#filledBytes);
      batch.set(part, this.#filledBytes);
      this.#filledBytes += part.length;
      from += part.length;
      if (this.#filledBytes === BATCH_BYTES) this.#sendBatch();
    }
    return undefined;
  }

  async finish(): Promise<Digests> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#sendBatch();
    this.#result = Promise.withResolvers();
    this.#connection.send({ kind: 'finish', body: this.#body });
    return this.#result.promise;
  }

  abandon(): void {
    this.#connection.end(this.#free.splice(0));
    this.#connection.send({ kind: 'abandon', body: this.#body });
  }

  /** What the thread answers for this body. */
  take(message: DigestReply): void {
    if (message.kind === 'digests') {
      this.#connection.end(this.#free.splice(0));
      this.#result?.resolve(message.digests);
      return;
    }
    const hashed = this.#sent.shift();
    if (hashed !== undefined) this.#free.push(hashed);
    this.#room?.resolve();
  }

  fail(cause: Error): void {
    this.#connection.end(this.#free.splice(0));
    this.#failure = cause;
    this.#room?.reject(cause);
    this.#result?.reject(cause);
  }

  #openBatch(): Uint8Array<SharedArrayBuffer> | undefined {
    if (this.#batch !== undefined) return this.#batch;
    const buffer = this.#free.pop() ?? this.#makeBuffer();
    if (buffer === undefined) return undefined;
    this.#batch = new Uint8Array(buffer);
    this.#filledBytes = 0;
    return this.#batch;
  }

  #makeBuffer(): SharedArrayBuffer | undefined {
    if (this.#made === BATCHES) return undefined;
    this.#made += 1;
    return this.#connection.takeBuffer();
  }

  #sendBatch(): void {
    if (this.#batch === undefined) return;
    const batch = this.#batch.buffer;
    this.#batch = undefined;
    this.#sent.push(batch);
    this.#connection.send({ kind: 'bytes', body: this.#body, batch, sizeBytes: this.#filledBytes });
  }

  #awaitRoom(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#room = Promise.withResolvers();
    return this.#room.promise;
  }
}
