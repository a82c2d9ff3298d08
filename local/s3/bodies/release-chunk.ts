/**
 * Gives the memory of a chunk back at once; it must not be used any more. Chunks lie outside of V8's heap, and 64 MB of
 * them make V8 look through all of it: with the heap of a whole platform that costs more than the rest of an upload.
 * Parts of a larger buffer are left alone: others may have theirs in it.
 */
export function releaseChunk({ buffer, length }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length && length > 0) buffer.transfer(0);
}
