import { link, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { MemoryVault } from './memory-vault.ts';
import { restore, temporaryFolder, upload } from './mover-fixtures.ts';
import { factsOf } from './sample-tree.ts';

const mebibyte = 2 ** 20;
const frames = (name: string) => randomBytes(name, 3 * mebibyte);

/** Files in one pack, and two that need none; stored once. */
let stored: {
  readonly root: string;
  readonly objects: ReadonlyMap<string, Buffer>;
  readonly manifestSha256: string;
};

beforeAll(async () => {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-mover-'));
  await mkdir(join(root, 'folder'));
  await writeFile(join(root, 'a'), frames('a'));
  await writeFile(join(root, 'b'), frames('b'));
  await link(join(root, 'b'), join(root, 'folder/also b'));
  await writeFile(join(root, 'folder/zeros'), Buffer.alloc(mebibyte));
  await writeFile(join(root, 'empty'), '');
  const vault = new MemoryVault();
  const { manifestSha256 } = await upload(root, vault);
  stored = { root, objects: vault.objects, manifestSha256 };
});

afterAll(() => rm(stored.root, { recursive: true }));

async function storedSnapshot() {
  const [folder, vault] = [await temporaryFolder(), new MemoryVault()];
  for (const [key, bytes] of stored.objects) vault.objects.set(key, bytes);
  const [pack = ''] = vault.keysOf('packs');
  return { vault, pack, folder, destination: join(folder, 'restored'), ...stored };
}

/** The pack with a byte of the last frame of `b` changed; random bytes are stored as they are. */
function damageLastFrame(vault: MemoryVault, pack: string): void {
  const bytes = Buffer.from(vault.objects.get(pack) ?? '');
  const at = bytes.indexOf(frames('b').subarray(-1000));
  bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at);
  vault.objects.set(pack, bytes);
}

describe('a frame that is not what was stored', () => {
  it('costs the file that needs it, with all its names, and no other', async () => {
    const { vault, pack, root, destination, folder, manifestSha256 } = await storedSnapshot();
    damageLastFrame(vault, pack);

    const { damage, ...restored } = await restore(vault, manifestSha256, destination);

    expect(restored).toMatchObject({ files: 3, bytes: 4 * mebibyte });
    expect(damage).toMatchObject({
      filesDamaged: 2,
      bytesDamaged: 3 * mebibyte,
      files: [
        {
          path: Buffer.from('b'),
          code: 'VAULT_OBJECT_DAMAGED',
          reason: expect.stringMatching(/: frame \d+: /),
        },
        { path: Buffer.from('folder/also b'), code: 'VAULT_OBJECT_DAMAGED' },
      ],
      objectsDamaged: 1,
      objects: [pack],
    });
    const { '/b': _, '/folder/also b': __, ...others } = await factsOf(root);
    expect(await factsOf(destination)).toEqual(others);
    expect(await readdir(folder)).toEqual(['restored']);
  });

  it('is fetched again before it is believed, for it may have been changed on the way', async () => {
    const { vault, pack, root, destination, manifestSha256 } = await storedSnapshot();
    const whole = vault.objects.get(pack) ?? Buffer.alloc(0);
    damageLastFrame(vault, pack);
    let gets = 0;
    vault.beforeGet = (key) => {
      if (key === pack && ++gets === 2) vault.objects.set(pack, whole);
    };

    const { damage } = await restore(vault, manifestSha256, destination);

    expect(damage).toBeUndefined();
    expect(await factsOf(destination)).toEqual(await factsOf(root));
  });
});

describe('a pack that is', () => {
  const nothing = () => undefined;
  it.each([
    ['cut off', 'VAULT_OBJECT_WRONG_SIZE', (bytes: Buffer) => bytes.subarray(0, mebibyte)],
    [
      'of another mount',
      'VAULT_OBJECT_DAMAGED',
      (bytes: Buffer) => Buffer.from(bytes).fill(7, bytes.length - 800),
    ],
    ['missing', 'VAULT_OBJECT_MISSING', nothing],
  ] as const)('%s costs the files that need it and no others', async (_, code, change) => {
    const { vault, pack, destination, manifestSha256 } = await storedSnapshot();
    const changed = change(vault.objects.get(pack) ?? Buffer.alloc(0));
    if (changed) vault.objects.set(pack, changed);
    else vault.objects.delete(pack);

    const { damage, files } = await restore(vault, manifestSha256, destination);

    expect(files).toBe(2);
    expect(damage?.files.map((file) => [file.path.toString(), file.code])).toEqual([
      ['a', code],
      ['b', code],
      ['folder/also b', code],
    ]);
    expect((await readdir(destination, { recursive: true })).sort()).toEqual([
      'empty',
      'folder',
      'folder/zeros',
    ]);
  });

  it('damaged does not matter to files that do not need it', async () => {
    const { vault, pack, destination, manifestSha256 } = await storedSnapshot();
    vault.objects.delete(pack);

    const { damage } = await restore(vault, manifestSha256, destination, {
      paths: [Buffer.from('folder/zeros')],
    });

    expect(damage).toBeUndefined();
  });

  it('needed by every file fails the restore with the files in the error', async () => {
    const { vault, pack, destination, manifestSha256 } = await storedSnapshot();
    vault.objects.delete(pack);

    const restoring = restore(vault, manifestSha256, destination, {
      paths: [Buffer.from('a'), Buffer.from('b')],
    });

    await expect(restoring).rejects.toMatchObject({
      code: 'VAULT_OBJECT_MISSING',
      message: expect.stringMatching(/ \(needed for a, b\)$/),
      details: { files: ['a', 'b'], filesAffected: 2 },
    });
  });
});

it('a restore with damage that was interrupted finds the same damage again', async () => {
  const { vault, pack, destination, manifestSha256 } = await storedSnapshot();
  damageLastFrame(vault, pack);
  const stop = new AbortController();
  const onProgress = ({ filesDone }: { filesDone: number }) => {
    if (filesDone === 2) stop.abort(new Error('stop'));
  };
  await expect(
    restore(vault, manifestSha256, destination, { signal: stop.signal, onProgress }),
  ).rejects.toThrow('stop');

  const { damage } = await restore(vault, manifestSha256, destination);

  expect(damage?.files.map(({ path }) => path.toString())).toEqual(['b', 'folder/also b']);
  expect(await readdir(destination)).toEqual(['a', 'empty', 'folder']);
});
