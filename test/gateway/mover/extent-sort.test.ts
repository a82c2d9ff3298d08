import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ExtentSort, type WorkExtent } from '../../../gateway/mover/restore/extent-sort.ts';
import { temporaryFolder } from './mover-fixtures.ts';

const extent = fc.record({
  pack: fc.nat(6),
  frame: fc.nat(3),
  frameOffset: fc.nat(1000),
  length: fc.integer({ min: 1, max: 2 ** 20 }),
  file: fc.nat(3),
  fileOffset: fc.oneof(fc.nat(20), fc.integer({ min: 2 ** 40, max: 2 ** 44 })),
});

it('gives extents pack by pack, each pack by frame, file and offset, whatever fits in memory at once', async () => {
  const folder = await temporaryFolder();
  fc.assert(
    fc.property(fc.array(extent, { maxLength: 60 }), fc.constantFrom(1, 4, 100), (extents, runRecords) => {
      const sort = new ExtentSort(join(folder, 'extents'), runRecords);
      for (const each of extents) sort.add(each);

      const packs = [...sort.packs()];
      sort.close();

      const keys: (keyof WorkExtent)[] = ['pack', 'frame', 'file', 'fileOffset', 'frameOffset', 'length'];
      const inOrder = (one: WorkExtent, other: WorkExtent) =>
        keys.map((key) => one[key] - other[key]).find((difference) => difference !== 0) ?? 0;
      expect(packs.flatMap((pack) => pack.extents.toSorted(inOrder))).toEqual(extents.toSorted(inOrder));
      expect(packs.map(({ pack }) => pack)).toEqual([...new Set(extents.map(({ pack }) => pack))].sort());
      for (const { pack, bytes, extents: own } of packs) {
        expect(new Set(own.map((each) => each.pack))).toEqual(new Set([pack]));
        expect(bytes).toBe(own.reduce((sum, { length }) => sum + length, 0));
        const places = own.map(({ frame, file, fileOffset }) => [frame, file, fileOffset]);
        expect(places).toEqual(
          places.toSorted(
            (a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0),
          ),
        );
      }
    }),
    { numRuns: 100 },
  );
});
