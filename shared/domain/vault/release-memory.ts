/** Less is not worth the call; a record of TLS is what comes in large numbers. */
const leastBytes = 8 * 2 ** 10;

/**
 * Gives the memory of a large buffer back at once; it must not be used any more. Left to V8, 80 MB of dead buffers
 * gather in every thread before it collects them, and writing to fresh pages each time halves the speed of zstd.
 * Buffers cut from Node's pool are shared and left alone.
 */
export function releaseMemory(bytes: Uint8Array): void {
  const { buffer } = bytes;
  const isOfPool = buffer.byteLength === Buffer.poolSize && bytes.length < buffer.byteLength;
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= leastBytes && !isOfPool) buffer.transfer(0);
}
