import { createCipheriv, hash } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import { compress } from '../../../shared/domain/vault/compression.ts';
import { frameHash, plainFrameHashes, sha256Hex } from '../../../shared/domain/vault/digest.ts';
import { PackWriter, type PreparedFrame } from '../../../shared/domain/vault/pack.ts';
import type { Extent, Segment } from '../../../shared/domain/vault/segment.ts';

/** The same cases every time: a failure elsewhere must not depend on luck. */
fc.configureGlobal({ seed: 20_260_101 });

export const mountId = 'mnt-01K00000000000000000000M00' as MountId;
const upload = (last: string) => `01K0000000000000000000000${last}` as UploadId;
export const uploadIds = [upload('A'), upload('B'), upload('C')] as const;

export const sha256s = fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => sha256Hex(bytes));
export const uploads = fc.constantFrom(...uploadIds);

/** Bytes of which some compress well and some not at all. */
export const contents = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 40 }))
  .map(([bytes, times]) => Buffer.concat(Array.from({ length: times }, () => bytes)));

export const prepareFrame = (raw: Buffer): PreparedFrame => ({
  ...compress(raw),
  rawBytes: raw.length,
  hash: frameHash(raw, plainFrameHashes).toString('hex'),
});

export function packOf(frames: readonly Buffer[]) {
  const writer = new PackWriter(Buffer.alloc(2 ** 20));
  for (const frame of frames) writer.add(prepareFrame(frame));
  return writer.seal();
}

const extents: fc.Arbitrary<Extent> = fc.oneof(
  fc.record({ length: fc.integer({ min: 1, max: 2 ** 20 }) }),
  fc
    .record({
      owner: uploads,
      number: fc.integer({ min: 1, max: 99_999_999 }),
      frame: fc.integer({ min: 0, max: 65_534 }),
      offset: fc.integer({ min: 0, max: 2 ** 20 - 1 }),
      share: fc.integer({ min: 1, max: 2 ** 20 }),
    })
    .map(({ owner, number, frame, offset, share }) => ({
      length: Math.min(share, 2 ** 20 - offset),
      place: { pack: { owner, number }, frame, offset },
    })),
);

export const segments: fc.Arbitrary<Segment> = fc.record({
  leafBytes: fc.constantFrom(2048, 4096, 8192, 16_384, 32_768),
  digest: sha256s.map((text) => Buffer.from(text, 'hex')),
  extents: fc.array(extents, { minLength: 1, maxLength: 30 }),
});

/** What a reader must do with damage: refuse it by an error of ours, or (where zstd does not mind) read what was stored. */
export async function expectRefusedOrSame<T>(
  read: () => Promise<T> | T,
  expected: T,
  where: string,
): Promise<void> {
  let result: T;
  try {
    result = await read();
  } catch (error) {
    const code = expect.stringMatching(/^VAULT_(OBJECT_DAMAGED|FORMAT_UNSUPPORTED|PATH_UNSAFE)$/);
    expect(error, where).toEqual(expect.objectContaining({ code }));
    return;
  }
  expect(result, where).toEqual(expected);
}

/** Every object that differs from `bytes` in one byte, with where. */
export function* flips(bytes: Buffer): Generator<{ readonly at: number; readonly flipped: Buffer }> {
  for (let at = 0; at < bytes.length; at++) {
    const flipped = Buffer.from(bytes);
    flipped.writeUInt8((flipped[at] ?? 0) ^ (1 << (at % 8)), at);
    yield { at, flipped };
  }
}

/** Bytes that look random and are the same for the same seed. */
export const randomBytes = (seed: string, length: number): Buffer =>
  createCipheriv('aes-256-ctr', hash('sha256', seed, 'buffer'), Buffer.alloc(16)).update(
    Buffer.alloc(length),
  );
