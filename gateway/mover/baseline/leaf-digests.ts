import { hashBytes } from '../../../shared/domain/vault/digest.ts';
import { frameBytes } from '../../../shared/domain/vault/pack.ts';

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
  const whole = Buffer.from(digests.buffer, digests.byteOffset, digests.length);
  const first = Buffer.allocUnsafe((digests.length / hashBytes) * leafDigestBytes);
  for (let from = 0, to = 0; from < digests.length; from += hashBytes, to += leafDigestBytes) {
    whole.copy(first, to, from, from + leafDigestBytes);
  }
  return first;
}

/** A file of one frame is compared as a whole: thousands of small files shall not have as many files of digests. */
export const hasKeptLeaves = (fileBytes: number): boolean => fileBytes > frameBytes;
