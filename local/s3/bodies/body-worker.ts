/** A worker thread that hashes and writes bodies, so that the server's own thread only moves them. */
import { parentPort } from 'node:worker_threads';
import type { BodyOrder, BodyReply } from './body-messages.ts';
import { HashedFile } from './hashed-file.ts';

const files = new Map<number, HashedFile>();
const reply = (message: BodyReply) => parentPort?.postMessage(message);

async function carryOut(order: BodyOrder): Promise<void> {
  const { body } = order;
  const file = files.get(body);
  switch (order.kind) {
    case 'open':
      files.set(body, new HashedFile(order.path, order.flags, order.request));
      return;
    case 'bytes':
      try {
        await file?.write(order.batch, order.sizeBytes);
      } finally {
        reply({ kind: 'batch', body });
      }
      return;
    case 'finish':
      // A file that could not be opened was reported as that.
      if (file === undefined) return;
      reply({ kind: 'stored', body, digests: await file.finish() });
      files.delete(body);
      return;
    case 'abandon':
      files.delete(body);
      try {
        await file?.close();
      } finally {
        reply({ kind: 'abandoned', body });
      }
  }
}

parentPort?.on('message', (order: BodyOrder) => {
  carryOut(order).catch((cause) => reply({ kind: 'failed', body: order.body, cause }));
});
