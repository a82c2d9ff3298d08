import { constants } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MoverProgress, ObjectSource } from '../../../gateway/mover/ports.ts';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { MemoryVault } from './memory-vault.ts';
import { moverError, restore, temporaryFolder, upload } from './mover-fixtures.ts';
import { mountId, uploadId } from './mover-identity.ts';
import { factsOf } from './sample-tree.ts';

const mebibyte = 2 ** 20;
const manifestKey = (sha256: string) => `v1/mounts/${mountId}/uploads/${uploadId}/manifest-${sha256}.zst`;

const manifestInPieces = (sha256: string) => `${manifestKey(sha256)}@0-${8 * mebibyte}`;

/** A snapshot of small files and two of 22 MiB, in two packs; stored once, for no test changes it. */
let stored: {
  readonly root: string;
  readonly objects: ReadonlyMap<string, Buffer>;
  readonly manifestSha256: string;
};

beforeAll(async () => {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-mover-'));
  await mkdir(join(root, 'folder'), { recursive: true });
  await writeFile(join(root, 'a'), randomBytes('a', 22 * mebibyte), { mode: 0o400 });
  await writeFile(join(root, 'b'), randomBytes('b', 22 * mebibyte));
  await writeFile(join(root, 'folder/small'), 'small');
  await writeFile(join(root, 'folder/zeros'), Buffer.alloc(mebibyte));
  const vault = new MemoryVault();
  const { manifestSha256 } = await upload(root, vault);
  stored = { root, objects: vault.objects, manifestSha256 };
});

afterAll(() => rm(stored.root, { recursive: true }));

/** The snapshot in a vault of the test's own, and where to restore it to. */
async function storedSnapshot() {
  const [folder, vault] = [await temporaryFolder(), new MemoryVault()];
  for (const [key, bytes] of stored.objects) vault.objects.set(key, bytes);
  return {
    folder,
    destination: join(folder, 'restored'),
    vault,
    root: stored.root,
    manifestSha256: stored.manifestSha256,
  };
}

const flipByte = (vault: MemoryVault, key: string, at: number): void => {
  const bytes = Buffer.from(vault.objects.get(key) ?? '');
  bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at);
  vault.objects.set(key, bytes);
};

describe('verification', () => {
  it('reads a file back while packs that others need are still on their way', async () => {
    const { root, destination, vault, manifestSha256 } = await storedSnapshot();
    const [, , thirdPack = ''] = vault.keysOf('packs');
    const verified = Promise.withResolvers<void>();
    vault.beforeGet = async (key) => {
      if (key === thirdPack) await verified.promise;
    };
    const onProgress = ({ filesDone }: MoverProgress) => filesDone > 0 && verified.resolve();

    await restore(vault, manifestSha256, destination, { onProgress });

    expect(await factsOf(destination)).toEqual(await factsOf(root));
  });
});

/** What this process has read from files. */
const bytesRead = async (): Promise<number> =>
  Number(/^rchar: (\d+)/m.exec(await readFile('/proc/self/io', 'utf8'))?.[1]);

/** Not every file system for temporary files knows that. */
const canReadPastCache = (folder: string): Promise<boolean> =>
  open(join(folder, 'direct'), constants.O_RDWR | constants.O_CREAT | constants.O_DIRECT).then(
    (handle) => handle.close().then(() => true),
    () => false,
  );

describe('what a restore will want', () => {
  it('is known to its source with the maps: the first packs', async () => {
    const { destination, vault, manifestSha256 } = await storedSnapshot();
    const [firstMap] = vault.keysOf('maps');
    let next = (): readonly string[] => [];
    const foreseen = new Map<string, readonly string[]>();
    vault.beforeGet = (key) => void foreseen.set(key, next());
    const get: ObjectSource['get'] = (key, range) => vault.get(key, range);
    const source: ObjectSource = {
      get,
      foresee: (given) => {
        next = given;
      },
    };

    await restore(vault, manifestSha256, destination, { source, paths: [Buffer.from('folder/small')] });

    expect(foreseen.get(firstMap ?? '')).toEqual(vault.keysOf('packs'));
  });
});

describe('a large file', () => {
  it('is read back as far as it is there while the packs of the rest are still on their way', async ({
    skip,
  }) => {
    const { root, folder, destination, vault, manifestSha256 } = await storedSnapshot();
    const [, secondPack = ''] = vault.keysOf('packs');
    skip(!(await canReadPastCache(folder)), 'the file system for temporary files knows no O_DIRECT');
    let readBytes = 0;
    vault.beforeGet = async (key) => {
      const before = await bytesRead();
      // The first pack has more of `a` than that.
      for (let looks = 0; key === secondPack && readBytes < 8 * mebibyte && looks < 1000; looks++) {
        await setTimeout(5);
        readBytes = (await bytesRead()) - before;
      }
    };

    await restore(vault, manifestSha256, destination);

    expect(readBytes).toBeGreaterThanOrEqual(8 * mebibyte);
    expect(await factsOf(destination)).toEqual(await factsOf(root));
  });
});

describe('an interrupted restore', () => {
  it('is taken up without fetching again what is on the disk', async () => {
    const { root, destination, vault, manifestSha256 } = await storedSnapshot();
    const [firstPack = '', secondPack = ''] = vault.keysOf('packs');
    vault.beforeGet = (key) => {
      if (key === secondPack) throw new Error('line cut');
    };
    await expect(restore(vault, manifestSha256, destination)).rejects.toThrow('line cut');
    vault.beforeGet = () => {};
    vault.gets.length = 0;

    await restore(vault, manifestSha256, destination);

    expect(await factsOf(destination)).toEqual(await factsOf(root));
    // Its frames, `a` and the begin of `b`, were verified and written.
    expect(vault.gets.filter((key) => key.startsWith(firstPack))).toEqual([]);
    expect(vault.gets.filter((key) => key === secondPack)).toHaveLength(1);
  });

  it('fetches nothing but manifest and maps when only the last step was missing', async () => {
    const { root, destination, vault, manifestSha256 } = await storedSnapshot();
    let marker = '';
    vault.beforeGet = async () => {
      marker ||= await readFile(join(destination, '../.restored.restore-state'), 'utf8').catch(() => '');
    };
    await restore(vault, manifestSha256, destination);
    // As if the process had died before it forgot the restore.
    await writeFile(join(destination, '../.restored.restore-state'), marker);
    vault.gets.length = 0;
    const reports: MoverProgress[] = [];

    await restore(vault, manifestSha256, destination, { onProgress: (progress) => reports.push(progress) });

    expect(vault.gets).toEqual([manifestInPieces(manifestSha256), ...vault.keysOf('maps')]);
    expect(await factsOf(destination)).toEqual(await factsOf(root));
    expect(reports.at(-1)).toMatchObject({ filesDone: 4, bytesDone: 45 * mebibyte + 5 });
  });

  it('repairs what was damaged on the disk meanwhile', async () => {
    const { root, destination, vault, manifestSha256 } = await storedSnapshot();
    const controller = new AbortController();
    const onProgress = ({ filesDone }: MoverProgress) =>
      filesDone === 1 && controller.abort(new Error('stop'));
    const interrupted = restore(vault, manifestSha256, destination, {
      signal: controller.signal,
      onProgress,
    });
    await expect(interrupted).rejects.toThrow('stop');
    const handle = await open(join(destination, 'b'), 'r+');
    await handle.write('damage', 1000);
    await handle.close();

    await restore(vault, manifestSha256, destination);

    expect(await factsOf(destination)).toEqual(await factsOf(root));
  });

  it('does not write through what was put in the place of a folder or a file', async () => {
    const { folder, destination, vault, manifestSha256 } = await storedSnapshot();
    vault.beforeGet = (key) => {
      if (key.includes('/packs/')) throw new Error('line cut');
    };
    await expect(restore(vault, manifestSha256, destination)).rejects.toThrow('line cut');
    vault.beforeGet = () => {};
    await mkdir(join(folder, 'outside'));
    await rename(join(destination, 'folder'), join(folder, 'moved'));
    await symlink(join(folder, 'outside'), join(destination, 'folder'));

    await expect(restore(vault, manifestSha256, destination)).rejects.toMatchObject(
      moverError('RESTORE_DESTINATION_TAKEN', 'folder'),
    );

    await rm(join(destination, 'folder'));
    await rename(join(folder, 'moved'), join(destination, 'folder'));
    await rm(join(destination, 'a'));
    await symlink(join(folder, 'outside/a'), join(destination, 'a'));
    await expect(restore(vault, manifestSha256, destination)).rejects.toMatchObject(
      moverError('RESTORE_DESTINATION_TAKEN', 'a'),
    );
    expect(await readdir(join(folder, 'outside'))).toEqual([]);
  });
});

describe('the destination of a restore', () => {
  it('must not hold anything else', async () => {
    const { destination, vault, manifestSha256 } = await storedSnapshot();
    await mkdir(destination);
    await writeFile(join(destination, 'precious'), 'data');

    const restoring = restore(vault, manifestSha256, destination);

    await expect(restoring).rejects.toMatchObject(moverError('RESTORE_DESTINATION_TAKEN', destination));
    expect(await readdir(destination)).toEqual(['precious']);
  });

  it('must not be the unfinished restore of another snapshot', async () => {
    const { folder, destination, vault, manifestSha256 } = await storedSnapshot();
    vault.beforeGet = (key) => {
      if (key.includes('/packs/')) throw new Error('line cut');
    };
    await expect(restore(vault, manifestSha256, destination)).rejects.toThrow('line cut');
    vault.beforeGet = () => {};
    await mkdir(join(folder, 'other'));
    const other = await upload(join(folder, 'other'), vault);

    const restoring = restore(vault, other.manifestSha256, destination);

    await expect(restoring).rejects.toThrow(/holds an unfinished restore of another snapshot/);
  });

  it('must have a folder to lie in', async () => {
    const { folder, vault, manifestSha256 } = await storedSnapshot();

    await expect(restore(vault, manifestSha256, join(folder, 'none/restored'))).rejects.toThrow(/ENOENT/);
  });

  it('is closed to others until everything is in its place', async () => {
    const { destination, vault, manifestSha256 } = await storedSnapshot();
    const modes: number[] = [];
    vault.beforeGet = async (key) => {
      if (key.includes('/packs/'))
        modes.push((await stat(destination)).mode & 0o777, (await stat(join(destination, 'b'))).mode & 0o777);
    };

    await restore(vault, manifestSha256, destination);

    expect(new Set(modes)).toEqual(new Set([0o700, 0o600]));
  });
});

describe('damage in the vault', () => {
  it('is found in map bundles and manifests', async () => {
    const { destination, vault, manifestSha256 } = await storedSnapshot();
    const [map = ''] = vault.keysOf('maps');
    flipByte(vault, map, 70);
    await expect(restore(vault, manifestSha256, destination)).rejects.toMatchObject({
      code: 'VAULT_OBJECT_DAMAGED',
      message: expect.stringContaining(map),
    });

    const key = manifestKey(manifestSha256);
    flipByte(vault, key, 20);
    await expect(restore(vault, manifestSha256, destination)).rejects.toMatchObject({
      code: 'VAULT_OBJECT_DAMAGED',
      message: expect.stringContaining(key),
    });
  });

  it('does not keep a source from reporting its own errors', async () => {
    const { destination, vault, manifestSha256 } = await storedSnapshot();
    vault.beforeGet = (key) => {
      if (key.includes('/packs/')) throw new Error('the order has ended');
    };

    await expect(restore(vault, manifestSha256, destination)).rejects.toThrow('the order has ended');
  });

  it('includes the manifest of another upload under this one', async () => {
    const { destination, vault, manifestSha256 } = await storedSnapshot();
    const bytes = vault.objects.get(manifestKey(manifestSha256)) ?? Buffer.alloc(0);
    const other = '01K0000000000000000000000Z' as typeof uploadId;
    vault.objects.set(manifestKey(manifestSha256).replace(uploadId, other), bytes);

    await expect(restore(vault, sha256Hex(bytes), destination, { uploadId: other })).rejects.toThrow(
      /is the manifest of upload 01K0000000000000000000000A/,
    );
  });
});

/** Of the digests that this process writes beside its restore, as long as it does; nobody else finds it. */
async function overwriteTable(): Promise<boolean> {
  for (const fd of await readdir('/proc/self/fd')) {
    const target = await readlink(`/proc/self/fd/${fd}`).catch(() => '');
    if (!target.includes('.restored.restore-leaves')) continue;
    const handle = await open(`/proc/self/fd/${fd}`, 'r+');
    await handle.write(Buffer.alloc((await handle.stat()).size, 'x'));
    await handle.close();
    return true;
  }
  return false;
}

describe('a disk that does not keep what was written', () => {
  it('fails no restore when only the table of digests is wrong: the file has the last word', async () => {
    const { root, folder, destination, vault, manifestSha256 } = await storedSnapshot();
    const [, , thirdPack = ''] = vault.keysOf('packs');
    const isHalfPlaced = Promise.withResolvers<void>();
    let isOverwritten = false;
    vault.beforeGet = async (key) => {
      if (key !== thirdPack) return;
      await isHalfPlaced.promise;
      isOverwritten = await overwriteTable();
    };
    const onProgress = ({ bytesDone }: MoverProgress) => bytesDone >= 24 * mebibyte && isHalfPlaced.resolve();

    await restore(vault, manifestSha256, destination, { onProgress });

    expect(isOverwritten).toBe(await canReadPastCache(folder));
    expect(await factsOf(destination)).toEqual(await factsOf(root));
  });

  it('fails the restore with the file that differs', async () => {
    const { destination, vault, manifestSha256 } = await storedSnapshot();
    let isCorrupted = false;
    vault.beforeGet = async (key) => {
      if (key !== vault.keysOf('packs')[1] || isCorrupted) return;
      isCorrupted = true;
      const handle = await open(join(destination, 'folder/zeros'), 'r+');
      await handle.write('bit rot', 5000);
      await handle.close();
    };

    await expect(restore(vault, manifestSha256, destination)).rejects.toMatchObject(
      moverError('RESTORE_VERIFICATION_FAILED', 'folder/zeros'),
    );
    await restore(vault, manifestSha256, destination);
    expect((await readFile(join(destination, 'folder/zeros'))).equals(Buffer.alloc(mebibyte))).toBe(true);
  });
});
