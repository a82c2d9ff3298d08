import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KnownWindow } from '../../../gateway/mover/baseline/kept-segment.ts';
import { stripBytes, tagStripsWith } from '../../../gateway/mover/changes/strip-tags.ts';
import { digestWindow } from '../../../gateway/mover/changes/window-digests.ts';
import { hashBytes, hashLeaves, plainHash } from '../../../shared/domain/vault/digest.ts';
import { frameBytes } from '../../../shared/domain/vault/pack.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';

const leafBytes = 8192;
const tagStrip = tagStripsWith(randomBytes('key', 16));
const hashing = { leafBytes, hashLeaf: plainHash, tagStrip };
const poison = 0x5a;

/** What is known of a window, with digests that no hash gives, so that a copy of them shows. */
const poisoned = ({ leafDigests, stripTags }: KnownWindow): KnownWindow => ({
  leafDigests: Buffer.alloc(leafDigests.length, poison),
  stripTags,
});

describe('the digests of a window', () => {
  it('are those of its content, whatever the parent had there', () => {
    const content = randomBytes('content', frameBytes);
    const leaf = fc.constantFrom(2048, 4096, 8192, 16_384, 32_768);
    const length = fc.integer({ min: 1, max: frameBytes });
    const changes = fc.array(fc.nat(frameBytes), { maxLength: 4 });
    const check = (leafSize: number, parentBytes: number, windowBytes: number, changed: number[]) => {
      const parent = Buffer.from(content.subarray(0, parentBytes));
      for (const at of changed) if (at < parentBytes) flipBit(parent, at);
      const window = content.subarray(0, windowBytes);
      const of = { ...hashing, leafBytes: leafSize };

      const { leafDigests, stripTags } = digestWindow(window, of, digestWindow(parent, of));

      expect(leafDigests.equals(hashLeaves(window, leafSize))).toBe(true);
      expect(stripTags).toEqual(digestWindow(window, of).stripTags);
    };
    fc.assert(fc.property(leaf, length, length, changes, check), { numRuns: 60 });
  });

  it('are the known ones in strips that did not change, and hashed in the others', () => {
    const parent = randomBytes('content', frameBytes);
    const known = poisoned(digestWindow(parent, hashing));
    const window = Buffer.from(parent);
    flipBit(window, 5 * stripBytes + 100);

    const { leafDigests } = digestWindow(window, hashing, known);

    const digestsOfStrip = (stripBytes / leafBytes) * hashBytes;
    const [from, end] = [5 * digestsOfStrip, 6 * digestsOfStrip];
    expect(leafDigests.subarray(from, end)).toEqual(hashLeaves(window, leafBytes).subarray(from, end));
    for (const others of [leafDigests.subarray(0, from), leafDigests.subarray(end)])
      expect(others.every((byte) => byte === poison)).toBe(true);
  });

  it.each<[string, KnownWindow]>([
    ['under another key', knownWith(tagStripsWith(randomBytes('other', 16)))],
    ['without tags', { ...knownWith(tagStrip), stripTags: new Uint8Array() }],
    ['without digests', { ...knownWith(tagStrip), leafDigests: new Uint8Array() }],
  ])('are all hashed of a parent %s', (_, known) => {
    const window = randomBytes('content', frameBytes);

    expect(digestWindow(window, hashing, known).leafDigests.equals(hashLeaves(window, leafBytes))).toBe(true);
  });

  it('come without tags where nothing is kept', () => {
    const window = randomBytes('content', 3 * leafBytes);

    const { stripTags } = digestWindow(window, { leafBytes, hashLeaf: plainHash });

    expect(stripTags.length).toBe(0);
  });
});

describe('the tag of a strip', () => {
  it('is the GMAC that NIST gives for no data under a key of zeros', () => {
    expect(tagStripsWith(Buffer.alloc(16))(Buffer.alloc(0)).toString('hex')).toBe(
      '58e2fccefa7e3061367f1d57a4e7455a',
    );
  });

  it('tells lengths of zeros apart', () => {
    expect(tagStrip(Buffer.alloc(16))).not.toEqual(tagStrip(Buffer.alloc(32)));
  });
});

function flipBit(bytes: Buffer, at: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
}

function knownWith(tag: typeof tagStrip): KnownWindow {
  return poisoned(digestWindow(randomBytes('content', frameBytes), { ...hashing, tagStrip: tag }));
}
