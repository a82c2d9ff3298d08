import { hashBytes } from '../../../shared/domain/vault/digest.ts';

/** Bytes of a leaf's digest that are kept: 128 bits tell apart whatever is not made to collide. */
export const leafDigestBytes = 16;

/** The leaves of a segment of a file. */
export interface SegmentLeaves {
  /** The segment's digest, over the whole digests of its leaves. */
  readonly digest: Buffer;
  /** The first bytes of each leaf's digest, in order. */
  readonly leaves: Buffer;
}

/** Of whole leaf digests what is kept. */
export function firstBytes(digests: Uint8Array): Buffer {
  const first = Buffer.allocUnsafe((digests.length / hashBytes) * leafDigestBytes);
  for (let from = 0, to = 0; from < digests.length; from += hashBytes, to += leafDigestBytes) {
    first.set(digests.subarray(from, from + leafDigestBytes), to);
  }
  return first;
}
