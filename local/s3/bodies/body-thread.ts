import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BodyReply } from './body-messages.ts';
import type { BodySink } from './body-sink.ts';
import type { DigestRequest } from './digests.ts';
import { pageAligned } from './direct-io.ts';
import { BATCH_BYTES, RemoteBody } from './remote-body.ts';

/** Buffers kept for the next bodies: fresh ones cost more in page faults and collection than in memory. */
const MAX_SPARE = 16;

/** A worker and the bodies that it has, for as long as it lives. */
interface RunningThread {
  readonly worker: Worker;
  readonly bodies: Map<number, RemoteBody>;
}

/**
 * A thread that hashes and writes large bodies beside the server's own. It starts with the first of them, and another
 * one when it ended. The bytes are in memory that both threads see: handing a buffer over to another thread and back
 * costs a third of hashing it.
 */
export class BodyThread {
  readonly #spare: SharedArrayBuffer[] = [];
  #running: RunningThread | undefined;
  #lastBody = 0;

  /** The file must not be there yet; `flags`: how it is opened beside that. */
  open(path: string, flags: number, request: DigestRequest): BodySink {
    this.#running ??= this.#start();
    const { worker, bodies } = this.#running;
    const id = ++this.#lastBody;
    const body = new RemoteBody(id, {
      send: (order) => worker.postMessage(order),
      takeBatch: () => this.#spare.pop() ?? pageAligned(BATCH_BYTES),
      end: (batches) => {
        bodies.delete(id);
        this.#spare.push(...batches.slice(0, MAX_SPARE - this.#spare.length));
      },
    });
    bodies.set(id, body);
    worker.postMessage({ kind: 'open', body: id, path, flags, request });
    return body;
  }

  async close(): Promise<void> {
    await this.#running?.worker.terminate();
  }

  #start(): RunningThread {
    const worker = new Worker(join(import.meta.dirname, 'body-worker.ts'));
    const running = { worker, bodies: new Map<number, RemoteBody>() };
    // A server that was not closed must not keep its process.
    worker.unref();
    worker.on('message', (message: BodyReply) => running.bodies.get(message.body)?.hear(message));
    const lose = (cause: Error) => {
      if (this.#running === running) this.#running = undefined;
      for (const body of [...running.bodies.values()]) body.lose(cause);
    };
    worker.on('error', lose);
    worker.on('exit', () => lose(new Error('The thread that stores bodies ended')));
    return running;
  }
}
