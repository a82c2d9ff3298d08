import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ProvenLeaves, tableBytes } from '../../../gateway/mover/restore/proven-leaves.ts';
import { hashBytes, segmentBytes } from '../../../shared/domain/vault/digest.ts';
import { temporaryFolder } from './mover-fixtures.ts';

const leafBytes = 8192;
const file = { id: 1, size: 2 * segmentBytes + 100, leafBytes };
const digest = (fill: number) => Buffer.alloc(hashBytes, fill);

async function arrange(roomBytes = 10 * tableBytes) {
  const proven = new ProvenLeaves(join(await temporaryFolder(), 'leaves'), roomBytes);
  onTestFinished(() => proven.close());
  /** As a worker does it. */
  const prove = (fileOffset: number, digests: Buffer, of = file) => {
    const at = proven.placeOf(of, fileOffset);
    if (at === undefined || proven.table === undefined) return false;
    writeSync(proven.table, digests, 0, digests.length, at);
    proven.note(of, { fileOffset, length: (digests.length / hashBytes) * leafBytes });
    return true;
  };
  const read = (offset: number, leaves: number, length = leaves * leafBytes) => {
    const digests = Buffer.alloc(leaves * hashBytes);
    return { runs: proven.read(file, { offset, length }, digests), digests };
  };
  return { proven, prove, read };
}

describe('the leaves that are proven', () => {
  it('have their digests, and the others are to be read', async () => {
    const { prove, read } = await arrange();
    const at = segmentBytes + 9 * leafBytes;

    prove(at, Buffer.concat([digest(1), digest(2)]));
    prove(at + 4 * leafBytes, digest(3));

    const { runs, digests } = read(at - leafBytes, 7);
    expect(runs).toEqual([
      { offset: at - leafBytes, length: leafBytes },
      { offset: at + 2 * leafBytes, length: 2 * leafBytes },
      { offset: at + 5 * leafBytes, length: leafBytes },
    ]);
    expect(digests.subarray(hashBytes, 3 * hashBytes)).toEqual(Buffer.concat([digest(1), digest(2)]));
    expect(digests.subarray(5 * hashBytes, 6 * hashBytes)).toEqual(digest(3));
    // Of the other segments nothing is known; the last leaf of a file is short.
    expect(read(0, 3).runs).toEqual([{ offset: 0, length: 3 * leafBytes }]);
    prove(2 * segmentBytes - leafBytes, digest(4));
    expect(read(2 * segmentBytes, 1, 100).runs).toEqual([{ offset: 2 * segmentBytes, length: 100 }]);
  });

  it('leave their place in the table to another segment, and nothing of what was known', async () => {
    const { proven, prove, read } = await arrange(tableBytes);

    expect(prove(0, digest(1))).toBe(true);
    expect(prove(segmentBytes, digest(2))).toBe(false);
    expect(read(0, 1).runs).toEqual([]);
    proven.forget(file, 0);
    expect(read(0, 1).runs).toEqual([{ offset: 0, length: leafBytes }]);
    expect(prove(segmentBytes + leafBytes, digest(2))).toBe(true);

    const { runs, digests } = read(segmentBytes, 2);
    expect(runs).toEqual([{ offset: segmentBytes, length: leafBytes }]);
    expect(digests.subarray(hashBytes)).toEqual(digest(2));
    proven.forgetAll(file);
    expect(prove(0, digest(3))).toBe(true);
  });

  it('are told from those that are only written, of which only whole ones count', async () => {
    const { proven, prove, read } = await arrange();
    const isWritten = (first: number, leaves: number) =>
      proven.isWritten(file, { fileOffset: first * leafBytes, length: leaves * leafBytes });
    prove(20 * leafBytes, digest(1));
    const last = segmentBytes / leafBytes - 1;

    proven.noteWritten(file, { fileOffset: 3 * leafBytes - 1, length: 2 * leafBytes });
    proven.noteWritten(file, { fileOffset: 7 * leafBytes, length: 2 * leafBytes });
    proven.noteWritten(file, { fileOffset: last * leafBytes, length: leafBytes });
    proven.noteWritten(file, { fileOffset: segmentBytes, length: leafBytes });

    expect([2, 3, 4, 7, 8, 9, 20, last].filter((leaf) => isWritten(leaf, 1))).toEqual([3, 7, 8, last]);
    expect([isWritten(7, 2), isWritten(7, 3), isWritten(last, 2)]).toEqual([true, false, false]);
    expect(read(3 * leafBytes, 1).runs).toHaveLength(1);
  });

  it('are none where leaves are no blocks of a frame, nor where the table cannot be', async () => {
    const { prove } = await arrange();
    const nowhere = new ProvenLeaves(join(await temporaryFolder(), 'missing', 'leaves'), 10 * tableBytes);

    expect(prove(0, digest(1), { ...file, leafBytes: 16_384 })).toBe(false);
    expect(prove(4096, digest(1))).toBe(false);
    expect(nowhere.placeOf(file, 0)).toBeUndefined();
    expect((await arrange(tableBytes - 1)).prove(0, digest(1))).toBe(false);
  });
});
