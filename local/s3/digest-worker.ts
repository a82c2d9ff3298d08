/** A worker thread that hashes bodies, so that the server's own thread only moves them. */
import { parentPort } from 'node:worker_threads';
import { InlineDigester } from './body-digester.ts';
import type { DigestOrder, DigestReply } from './digest-messages.ts';

const digesters = new Map<number, InlineDigester>();
const reply = (message: DigestReply) => parentPort?.postMessage(message);

parentPort?.on('message', (order: DigestOrder) => {
  const { body } = order;
  if (order.kind === 'open') {
    digesters.set(body, new InlineDigester(order.request));
    return;
  }
  if (order.kind === 'bytes') {
    digesters.get(body)?.update(new Uint8Array(order.batch, 0, order.sizeBytes));
    reply({ kind: 'batch', body });
    return;
  }
  const digester = digesters.get(body);
  digesters.delete(body);
  if (order.kind === 'finish' && digester !== undefined) {
    reply({ kind: 'digests', body, digests: digester.digests() });
  }
});
