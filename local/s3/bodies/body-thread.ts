import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Batches } from './batches.ts';
import type { BodyReply } from './body-messages.ts';
import type { BodySink } from './body-sink.ts';
import type { DigestRequest } from './digests.ts';
import type { Room } from './recent-bodies.ts';
import { RemoteBody } from './remote-body.ts';

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
  readonly #memory: Batches;
  #running: RunningThread | undefined;
  #lastBody = 0;

  constructor(memory: Batches) {
    this.#memory = memory;
  }

  /** The file must not be there yet; `flags`: how it is opened beside that; `room`: where the bytes are kept. */
  open(path: string, flags: number, request: DigestRequest, room: Room | undefined): BodySink {
    this.#running ??= this.#start();
    const { worker, bodies } = this.#running;
    const id = ++this.#lastBody;
    const body = new RemoteBody(id, {
      send: (order) => worker.postMessage(order),
      takeBatch: () => this.#memory.take(),
      hold: room?.hold,
      end: (batches) => {
        bodies.delete(id);
        this.#memory.giveBack(batches);
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
