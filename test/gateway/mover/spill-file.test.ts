import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { SpillFile } from '../../../gateway/mover/spill-file.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { temporaryFolder } from './mover-fixtures.ts';

describe('bytes that may not fit into memory', () => {
  it.each([
    ['in memory', 100_000],
    ['on the disk', 1000],
  ])('are read back as they were appended, %s, and leave no file', async (_, memoryBytes) => {
    const folder = await temporaryFolder();
    const file = new SpillFile(folder, memoryBytes);
    const pieces = Array.from({ length: 20 }, (_, index) => randomBytes(`${index}`, index * 37));

    const places = pieces.map((piece) => file.append(piece));

    const all = Buffer.concat(pieces);
    expect(Buffer.concat([...file.chunks()])).toEqual(all);
    expect(file.sizeBytes).toBe(all.length);
    for (const [index, at] of places.entries()) {
      expect(file.read(at, index * 37)).toEqual(pieces[index]);
    }
    expect(file.bytes).toEqual(memoryBytes > all.length ? all : undefined);
    expect(await readdir(folder)).toEqual([]);
    file.close();
  });
});
