import { describe, expect, it } from 'vitest';
import { cutByContent, makeCutTable } from '../../../gateway/mover/changes/content-cuts.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';

const table = makeCutTable();

/** Whether the 32 bytes before a place allow a cut there, from the definition: each byte's number, shifted by its age. */
function allowsCut(bytes: Buffer, place: number): boolean {
  let sum = 0;
  for (let age = 0; age < 32; age++) sum = (sum + ((table[bytes[place - 1 - age] ?? 0] ?? 0) << age)) | 0;
  return sum >>> 16 === 0;
}

/** The cuts of a whole file, one place after the other. */
function cutsOf(bytes: Buffer): number[] {
  const cuts = [0];
  let last = 0;
  for (let place = 32; place <= bytes.length; place++) {
    if (!allowsCut(bytes, place)) continue;
    if (place - last >= 8192) cuts.push(place);
    last = place;
  }
  return [...cuts, bytes.length];
}

/** A place that allows a cut: random bytes until one is found. */
function candidate(): Buffer {
  const bytes = randomBytes('candidate', 2 ** 20);
  for (let place = 32; ; place++) if (allowsCut(bytes, place)) return bytes.subarray(place - 32, place);
}

const piecesOf = (bytes: Buffer, from: number, to: number) =>
  cutByContent({ bytes, from, to, beginsFile: true, endsFile: true });

describe('cuts by content', () => {
  it('lie where the 32 bytes before them say so, and nowhere else', () => {
    // Close together as well, at the very beginning and at the very end.
    const cut = candidate();
    const parts = [cut, randomBytes('a', 200_000), cut, cut, randomBytes('b', 5000), cut];
    const bytes = Buffer.concat([...parts, randomBytes('c', 300_000), cut]);
    const cuts = cutsOf(bytes);
    const expected = cuts.flatMap((at, index) => {
      const length = (cuts[index + 1] ?? at) - at;
      return length > 0 ? [{ at, length }] : [];
    });

    const found = piecesOf(bytes, 0, bytes.length);

    expect(expected.length).toBeGreaterThan(4);
    expect(found).toEqual(expected);
  });

  it('are the same whatever windows a file is cut in', () => {
    const bytes = randomBytes('windows', 1_500_000);

    const windows = [0, 100_000, 100_001, 777_777].flatMap((from, index, starts) =>
      piecesOf(bytes, from, starts[index + 1] ?? bytes.length),
    );

    expect(windows).toEqual(piecesOf(bytes, 0, bytes.length));
  });
});
