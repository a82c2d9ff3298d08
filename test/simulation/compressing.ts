import type { Transform, TransformCallback } from 'node:stream';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { ZstdCompress } from 'node:zlib';

/** Streams of which Node's threads compress or expand a chunk now. */
const busy = new Set<Transform>();
const known = new WeakSet<Transform>();
let onNone: () => void = () => {};

function isIdle(stream: Transform): void {
  if (busy.delete(stream) && busy.size === 0) onNone();
}

/** Where all streams of zlib, and what is compressed in one call, give work to the threads. */
function streamOfZlib(): Transform {
  let prototype = ZstdCompress.prototype as unknown as Transform;
  while (!Object.hasOwn(prototype, '_transform')) prototype = Object.getPrototypeOf(prototype);
  return prototype;
}

// Stays for the life of the process: it only looks.
const streams = streamOfZlib();
const { _transform } = streams;
streams._transform = function (chunk: unknown, encoding: BufferEncoding, callback: TransformCallback) {
  // One that fails, or that nobody reads on, does not call back.
  if (!known.has(this)) this.once('close', () => isIdle(this));
  known.add(this);
  busy.add(this);
  _transform.call(this, chunk, encoding, (...result) => {
    isIdle(this);
    callback(...result);
  });
};

/** Until nothing is compressed or expanded any more, and what waited for that has come to where it waits. */
export async function untilNothingIsCompressed(): Promise<void> {
  await turnOfTheLoop();
  while (busy.size > 0) {
    await new Promise<void>((resolve) => {
      onNone = resolve;
    });
    // Here a stream that has more gives it to the threads.
    await turnOfTheLoop();
  }
}
