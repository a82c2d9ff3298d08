/**
 * Copies all of `bytes` to a place of `into`. Where one of them is memory that threads share, `set` and `copy` take care of
 * writers at the same time, and five times as long; `fill` copies what is as long as its place as it lies.
 */
export function copyBytes(into: Buffer, at: number, bytes: Uint8Array): void {
  if (at + bytes.length > into.length)
    throw new RangeError(`${bytes.length} bytes have no room at ${at} of ${into.length}`);
  if (bytes.length > 0) into.fill(bytes, at, at + bytes.length);
}
