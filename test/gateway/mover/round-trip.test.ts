import { execFileSync } from 'node:child_process';
import { mkdir, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { MemoryVault } from './memory-vault.ts';
import { filesOf, restore, rowsOf, temporaryFolder, upload } from './mover-fixtures.ts';
import { factsOf, makeSampleTree, writeSparse } from './sample-tree.ts';

const mebibyte = 2 ** 20;

async function makeFolder(parent: string, name = 'source'): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder);
  return folder;
}

describe('a snapshot that was uploaded and restored', () => {
  it('is what it was: content, names, links, modes, owners and times', async () => {
    const folder = await temporaryFolder();
    const [root, vault] = [await makeFolder(folder), new MemoryVault()];
    await makeSampleTree(root);

    const uploaded = await upload(root, vault);
    const restored = await restore(vault, uploaded.manifestSha256, join(folder, 'restored'));

    expect(await factsOf(join(folder, 'restored'))).toEqual(await factsOf(root));
    expect(restored).toEqual({ files: uploaded.files, bytes: uploaded.bytes, skipped: 1, ownersNotSet: 0 });
    expect(uploaded.files).toBe(8);
  });

  it('has modification times to the nanosecond, before 1970 too', async () => {
    const folder = await temporaryFolder();
    const [root, vault] = [await makeFolder(folder), new MemoryVault()];
    for (const [name, time] of [
      ['now', '@1769860800.123456789'],
      ['moon', '@-14182940.987654321'],
    ] as const) {
      execFileSync('touch', ['-d', time, join(root, name)]);
    }

    const { manifestSha256 } = await upload(root, vault);
    await restore(vault, manifestSha256, join(folder, 'restored'));

    const timeOf = async (name: string) =>
      (await stat(join(folder, 'restored', name), { bigint: true })).mtimeNs;
    expect(await timeOf('now')).toBe(1_769_860_800_123_456_789n);
    expect(await timeOf('moon')).toBe(-14_182_940_987_654_321n);
  });

  it('leaves nothing beside the destination', async () => {
    const folder = await temporaryFolder();
    const [root, vault] = [await makeFolder(folder), new MemoryVault()];
    await writeFile(join(root, 'a'), 'a');

    const { manifestSha256 } = await upload(root, vault);
    await restore(vault, manifestSha256, join(folder, 'restored'));

    expect((await readdir(folder)).sort()).toEqual(['restored', 'source']);
  });

  it('is what it was when it is empty', async () => {
    const folder = await temporaryFolder();
    const [root, vault] = [await makeFolder(folder), new MemoryVault()];

    const uploaded = await upload(root, vault);
    await restore(vault, uploaded.manifestSha256, join(folder, 'restored'));

    expect(uploaded).toMatchObject({ files: 0, bytes: 0, packs: 0 });
    expect(await factsOf(join(folder, 'restored'))).toEqual(await factsOf(root));
  });

  it('keeps holes as holes, and zeros that took space as zeros that take space', async () => {
    const folder = await temporaryFolder();
    const [root, vault] = [await makeFolder(folder), new MemoryVault()];
    await writeSparse(join(root, 'sparse'), 16 * mebibyte, [[3 * mebibyte + 8192, 'data']]);
    await writeFile(join(root, 'allocated'), Buffer.alloc(16 * mebibyte));

    const uploaded = await upload(root, vault);
    await restore(vault, uploaded.manifestSha256, join(folder, 'restored'));

    const allocated = async (name: string) => (await stat(join(folder, 'restored', name))).blocks * 512;
    expect(await allocated('sparse')).toBeLessThan(mebibyte);
    expect(await allocated('allocated')).toBeGreaterThanOrEqual(16 * mebibyte);
    expect(uploaded.storedBytes).toBeLessThan(3000);
    const [, sparse] = await filesOf(vault, uploaded.manifestSha256);
    expect(sparse?.holes).toEqual([
      [0, 3 * mebibyte + 8192],
      [3 * mebibyte + 16_384, 13 * mebibyte - 16_384],
    ]);
  });

  it('keeps a file of many holes as it was', async () => {
    const folder = await temporaryFolder();
    const [root, vault] = [await makeFolder(folder), new MemoryVault()];
    const texts = Array.from({ length: 2000 }, (_, index) => [index * 16_384 + 5, `text ${index}`] as const);
    await writeSparse(join(root, 'holes'), 2000 * 16_384, texts);

    const { manifestSha256 } = await upload(root, vault);
    await restore(vault, manifestSha256, join(folder, 'restored'));

    expect((await filesOf(vault, manifestSha256))[0]?.holes).toHaveLength(2000);
    expect(await factsOf(join(folder, 'restored'))).toEqual(await factsOf(root));
    expect((await stat(join(folder, 'restored/holes'))).blocks * 512).toBeLessThan(17 * mebibyte);
  });

  it('spans several segments with content on both sides of their border', async () => {
    const folder = await temporaryFolder();
    const [root, vault] = [await makeFolder(folder), new MemoryVault()];
    const border = 256 * mebibyte;
    const texts = [
      [1, 'begin'],
      [border - 4, 'on the border'],
      [border + 8192 * 3 + 1, 'next'],
    ] as const;
    await writeSparse(join(root, 'large'), 300 * mebibyte + 17, [...texts, [300 * mebibyte, 'end']]);

    const { manifestSha256, bytes } = await upload(root, vault);
    await restore(vault, manifestSha256, join(folder, 'restored'));

    expect(bytes).toBe(300 * mebibyte + 17);
    const [file] = await filesOf(vault, manifestSha256);
    expect(file?.segments).toHaveLength(2);
    expect(await factsOf(join(folder, 'restored'))).toEqual(await factsOf(root));
  });

  it('may fill many packs, and each is fetched once', async () => {
    const folder = await temporaryFolder();
    const [root, vault] = [await makeFolder(folder), new MemoryVault()];
    for (const name of ['a', 'b', 'c']) await writeFile(join(root, name), randomBytes(name, 12 * mebibyte));

    const uploaded = await upload(root, vault);
    await restore(vault, uploaded.manifestSha256, join(folder, 'restored'));

    expect(uploaded.packs).toBe(3);
    expect(vault.gets.slice(1).sort()).toEqual([...vault.keysOf('maps'), ...vault.keysOf('packs')].sort());
    expect(await factsOf(join(folder, 'restored'))).toEqual(await factsOf(root));
  });

  it('is what it was whatever the files are', async () => {
    const sizes = fc.oneof(
      fc.nat(20_000),
      fc.constantFrom(0, 1, 8191, 8192, 8193, mebibyte - 1, mebibyte, mebibyte + 1),
    );
    const file = fc.record({
      size: sizes,
      zerosFrom: fc.nat(mebibyte),
      zeros: fc.nat(300_000),
      seed: fc.string(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(file, { maxLength: 6 }), async (files) => {
        const folder = await temporaryFolder();
        const [root, vault] = [await makeFolder(folder), new MemoryVault()];
        for (const [index, { size, zerosFrom, zeros, seed }] of files.entries()) {
          const content = Buffer.from(randomBytes(seed, size)).fill(
            0,
            Math.min(size, zerosFrom),
            Math.min(size, zerosFrom + zeros),
          );
          await writeFile(join(root, `${index}`), content);
          if (index % 3 === 2) await truncate(join(root, `${index}`), size + zeros);
        }

        const { manifestSha256 } = await upload(root, vault);
        await restore(vault, manifestSha256, join(folder, 'restored'));

        expect(await factsOf(join(folder, 'restored'))).toEqual(await factsOf(root));
      }),
      { numRuns: 8 },
    );
  });

  it('lists what it cannot keep, with the reason', async () => {
    const folder = await temporaryFolder();
    const [root, vault] = [await makeFolder(folder), new MemoryVault()];
    await makeSampleTree(root);

    const { manifestSha256 } = await upload(root, vault);

    const rows = await rowsOf(vault, manifestSha256);
    expect(rows).toContainEqual({
      row: 'entry',
      entry: { type: 'skipped', path: Buffer.from('pipe'), reason: 'pipe' },
    });
  });
});
