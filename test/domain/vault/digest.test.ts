import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  fileDigest,
  hashLeaves,
  segmentBytes,
  segmentCount,
  segmentLength,
  startSegmentDigest,
} from '../../../shared/domain/vault/digest.ts';
import { randomBytes } from './vault-arbitraries.ts';

const sha = (...parts: (Buffer | string)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

describe('digests', () => {
  it('are a tree of leaves, segments and file as the format says', () => {
    const content = randomBytes('digest', 8192 * 2 + 100);

    const leaves = hashLeaves(content, 8192);
    const segment = startSegmentDigest().update(leaves).digest();
    const file = fileDigest(content.length, 8192, [segment]);

    const expectedLeaves = Buffer.concat([
      sha(content.subarray(0, 8192)),
      sha(content.subarray(8192, 16_384)),
      sha(content.subarray(16_384)),
    ]);
    expect(leaves).toEqual(expectedLeaves);
    expect(segment).toEqual(sha('holdfast segment 1\n', expectedLeaves));
    const shape = Buffer.from('00000000000040640000' + '2000', 'hex');
    expect(file).toBe(sha('holdfast file 1\n', shape, segment).toString('hex'));
  });

  it('hash zeros like any other bytes', () => {
    expect(hashLeaves(Buffer.alloc(8192 + 5), 8192)).toEqual(
      Buffer.concat([sha(Buffer.alloc(8192)), sha(Buffer.alloc(5))]),
    );
    expect(hashLeaves(Buffer.alloc(8192), 8192)).toEqual(sha(Buffer.alloc(8192)));
  });

  it('depend on size and leaf size even where no content differs', () => {
    expect(new Set([fileDigest(0, 8192, []), fileDigest(0, 4096, []), fileDigest(1, 8192, [])]).size).toBe(3);
  });

  it('cut files in segments of 256 MiB', () => {
    expect([0, 1, segmentBytes, segmentBytes + 1].map(segmentCount)).toEqual([0, 1, 1, 2]);
    expect([segmentLength(segmentBytes + 1, 0), segmentLength(segmentBytes + 1, 1)]).toEqual([
      segmentBytes,
      1,
    ]);
  });
});
