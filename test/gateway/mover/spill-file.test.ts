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
    expect(Buffer.concat(Array.from(file.chunks(), (chunk) => Buffer.from(chunk)))).toEqual(all);
    expect(file.sizeBytes).toBe(all.length);
    for (const [index, at] of places.entries()) {
      expect(file.read(at, index * 37)).toEqual(pieces[index]);
    }
    expect(file.bytes).toEqual(memoryBytes > all.length ? all : undefined);
    expect(await readdir(folder)).toEqual([]);
    file.close();
  });

  it('give the memory of what is read from the disk back when the next is asked for', async () => {
    const file = new SpillFile(await temporaryFolder(), 1000);
    const bytes = randomBytes('large', 2 ** 20);
    file.append(Buffer.from(bytes));

    const [chunks, copies]: [Buffer[], Buffer[]] = [[], []];
    for (const chunk of file.chunks()) {
      chunks.push(chunk);
      copies.push(Buffer.from(chunk));
    }
    file.close();

    expect(Buffer.concat(copies).equals(bytes)).toBe(true);
    expect(chunks.map(({ buffer }) => buffer.byteLength)).toEqual([0, 0, 0, 0]);
  });
});
