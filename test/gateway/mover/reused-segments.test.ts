import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReusedSegments } from '../../../gateway/mover/upload/reused-segments.ts';
import type { UploadId } from '../../../shared/domain/ids.ts';

const owner = '01K0000000000000000000000A' as UploadId;
const sha256 = '0'.repeat(64);
const ref = fc.record({
  owner: fc.constant(owner),
  number: fc.integer({ min: 1, max: 3 }),
  index: fc.nat(65_534),
  sha256: fc.constant(sha256),
});

it('names each segment that was used once, by bundle and in their order, however often it was used', () => {
  fc.assert(
    fc.property(fc.array(ref), (refs) => {
      const reused = new ReusedSegments();
      for (const each of [...refs, ...refs.toReversed()]) reused.add(each);

      const found = Array.from(reused, ({ first, indexes }) => [first.number, indexes]);

      const expected = [...new Set(refs.map(({ number }) => number))].map((number) => {
        const indexes = refs.filter((each) => each.number === number).map(({ index }) => index);
        return [number, [...new Set(indexes)].sort((one, other) => one - other)];
      });
      expect(found).toEqual(expected);
    }),
  );
});
