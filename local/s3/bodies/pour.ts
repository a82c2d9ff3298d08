import type { IncomingMessage } from 'node:http';
import type { TakeChunk } from './body-sink.ts';
import { releaseChunk } from './release-chunk.ts';

/**
 * Hands over the body of a request as it comes over the wire, chunk by chunk, and lets the client wait while one is
 * not yet taken. The request is not destroyed when taking fails: the answer that explains why still has to go out over
 * the same socket. Listeners and not an iterator: the turns of one for each 64 KiB cost as much as hashing them.
 */
export function pourRequest(request: IncomingMessage, take: TakeChunk): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onData = (chunk: Buffer) => {
    try {
      const taken = take(chunk);
      if (taken === undefined) return releaseChunk(chunk);
      request.pause();
      const goOn = () => {
        releaseChunk(chunk);
        request.resume();
      };
      taken.then(goOn, reject);
    } catch (cause) {
      reject(cause);
    }
  };
  const onClose = () => reject(new Error('The client went away within its body'));
  request.on('data', onData).on('end', resolve).on('error', reject).on('close', onClose);
  if (request.destroyed) onClose();
  return promise.finally(() => {
    request.off('data', onData).off('end', resolve).off('error', reject).off('close', onClose);
    request.pause();
  });
}

/** As pourRequest, for bytes that do not come directly from a request. */
export async function pourChunks(chunks: AsyncIterable<Buffer>, take: TakeChunk): Promise<void> {
  for await (const chunk of chunks) {
    const taken = take(chunk);
    if (taken !== undefined) await taken;
  }
}
