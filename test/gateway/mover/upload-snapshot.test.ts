import { appendFile, link, mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PackBuffers } from '../../../gateway/mover/pack-buffers.ts';
import type { MoverProgress, StoredObject } from '../../../gateway/mover/ports.ts';
import { listTree } from '../../../gateway/mover/upload/list-tree.ts';
import { readManifestHead } from '../../../shared/domain/vault/manifest-reader.ts';
import type { ObjectRow } from '../../../shared/domain/vault/manifest-rows.ts';
import { openBundle } from '../../../shared/domain/vault/map-bundle.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { MemoryVault } from './memory-vault.ts';
import { filesOf, moverError, rowsOf, temporaryFolder, upload } from './mover-fixtures.ts';
import { mountId, uploadId } from './mover-identity.ts';
import { makeSampleTree, writeSparse } from './sample-tree.ts';

const mebibyte = 2 ** 20;
const manifestKey = (sha256: string) => `v1/mounts/${mountId}/uploads/${uploadId}/manifest-${sha256}.zst`;

/** A folder with three files of 22 MiB that do not compress: three packs. */
async function threePacks(): Promise<string> {
  const root = await temporaryFolder();
  for (const name of ['a', 'b', 'c']) await writeFile(join(root, name), randomBytes(name, 11 * mebibyte));
  return root;
}

const headOf = (vault: MemoryVault, manifestSha256: string) =>
  readManifestHead([vault.objects.get(manifestKey(manifestSha256)) ?? Buffer.alloc(0)], 'manifest');

/** What a commit computes from the directories alone: pack number → bytes of it that the used segments name. */
async function packsNamedByMaps(
  vault: MemoryVault,
  objects: readonly ObjectRow[],
): Promise<Map<number, number>> {
  const named = new Map<number, number>();
  for (const map of objects.filter((object) => object.kind === 'map')) {
    const key = vault.keysOf('maps')[map.number - 1] ?? '';
    const directory = openBundle(vault.objects.get(key) ?? Buffer.alloc(0), key, map.tableSha256);
    const used = map.segments.flatMap(([first, count]) => directory.slice(first, first + count));
    for (const { number, bytes } of used.flatMap((entry) => entry.packs)) {
      named.set(number, (named.get(number) ?? 0) + bytes);
    }
  }
  return named;
}

describe('uploading a snapshot', () => {
  it('puts the manifest last and names every object in it', async () => {
    const [root, vault] = [await threePacks(), new MemoryVault()];

    const uploaded = await upload(root, vault);

    expect(vault.puts.at(-1)).toBe('manifest 0');
    const { objects } = await headOf(vault, uploaded.manifestSha256);
    const named = objects.map(({ kind, number }) => `${kind} ${number}`);
    expect(named).toEqual(['map 1', 'pack 1', 'pack 2', 'pack 3']);
    expect(vault.puts.slice(0, -1).sort()).toEqual(named);
    expect(uploaded.packs).toBe(3);
    expect(uploaded.storedBytes).toBe(
      [...vault.objects.values()].reduce((sum, bytes) => sum + bytes.length, 0),
    );
    for (const bytes of vault.objects.values()) expect(bytes.length).toBeLessThanOrEqual(16 * mebibyte);
    expect(await packsNamedByMaps(vault, objects)).toEqual(
      new Map(objects.flatMap((row) => (row.kind === 'pack' ? [[row.number, row.referencedBytes]] : []))),
    );
  });

  it('gives the same objects for the same tree, however many packs are under way', async () => {
    const root = await threePacks();
    await makeSampleTree(root);
    const [one, other] = [new MemoryVault(), new MemoryVault()];

    const first = await upload(root, one, { buffers: new PackBuffers({ all: 2, each: 2 }) });
    const second = await upload(root, other, { buffers: new PackBuffers({ all: 5, each: 5 }) });

    expect(second).toEqual(first);
    expect([...other.objects.keys()].sort()).toEqual([...one.objects.keys()].sort());
  });

  it('holds no more packs than allowed when the line is slow', async () => {
    const [root, vault] = [await threePacks(), new MemoryVault()];
    let [underWay, most] = [0, 0];
    vault.beforePut = async ({ kind }) => {
      if (kind !== 'pack') return;
      most = Math.max(most, ++underWay);
      await wait(50);
      underWay--;
    };

    await upload(root, vault, { buffers: new PackBuffers({ all: 2, each: 2 }) });

    expect([1, 2]).toContain(most);
  });

  it.each([
    { what: 'the last packs are', last: { kind: 'pack', number: 3 } },
    { what: 'the last bundle is', last: { kind: 'map', number: 1 } },
  ])('says what its manifest will be while $what sent, and puts it after that', async ({ last }) => {
    const [root, vault] = [await threePacks(), new MemoryVault()];
    const foreseen: StoredObject[] = [];
    const asked = Promise.withResolvers<void>();
    const target = vault.target(mountId, uploadId);
    const foresee = (object: StoredObject) => {
      foreseen.push(object);
      asked.resolve();
    };
    vault.beforePut = async ({ kind, number }) => {
      if (kind === last.kind && number === last.number) await asked.promise;
    };

    const { manifestSha256 } = await upload(root, vault, { target: { ...target, foresee } });

    expect(foreseen).toMatchObject([{ kind: 'manifest', number: 0, sha256: manifestSha256 }]);
    expect(vault.puts.at(-1)).toBe('manifest 0');
    expect(vault.puts).toContain(`${last.kind} ${last.number}`);
  });

  it('puts no manifest when its last bundle cannot be sent', async () => {
    const [root, vault] = [await threePacks(), new MemoryVault()];
    vault.beforePut = ({ kind }) => {
      if (kind === 'map') throw new Error('line cut');
    };

    await expect(upload(root, vault)).rejects.toThrow('line cut');

    expect(vault.puts).not.toContain('manifest 0');
  });

  it('takes up an upload that failed in the middle and stores nothing twice', async () => {
    const [root, vault, undisturbed] = [await threePacks(), new MemoryVault(), new MemoryVault()];
    vault.beforePut = ({ kind, number }) => {
      if (kind === 'pack' && number === 2) throw new Error('line cut');
    };
    await expect(upload(root, vault)).rejects.toThrow('line cut');
    expect(vault.puts).not.toContain('manifest 0');
    vault.beforePut = () => {};

    const resumed = await upload(root, vault);

    expect(resumed).toEqual(await upload(root, undisturbed));
    expect(vault.puts.toSorted()).toEqual(undisturbed.puts.toSorted());
    expect(vault.putsUnderWay).toBe(0);
  });

  it('stops when it is aborted, and can be done again', async () => {
    const [root, vault, controller] = [await threePacks(), new MemoryVault(), new AbortController()];
    const onProgress = ({ bytesDone }: MoverProgress) => {
      if (bytesDone >= 15 * mebibyte) controller.abort(new Error('gateway stops'));
    };

    await expect(upload(root, vault, { signal: controller.signal, onProgress })).rejects.toThrow(
      'gateway stops',
    );

    expect(vault.puts).not.toContain('manifest 0');
    await expect(upload(root, vault)).resolves.toMatchObject({ files: 3 });
  });

  it('reports progress that ends at the total', async () => {
    const [root, vault] = [await temporaryFolder(), new MemoryVault()];
    await makeSampleTree(root);
    const reports: MoverProgress[] = [];

    const { files, bytes } = await upload(root, vault, { onProgress: (progress) => reports.push(progress) });

    expect(reports.at(-1)).toEqual({
      bytesDone: bytes,
      bytesTotal: bytes,
      filesDone: files,
      filesTotal: files,
    });
    expect(reports.map((report) => report.bytesDone)).toEqual(
      reports.map((report) => report.bytesDone).toSorted((a, b) => a - b),
    );
  });

  it('stores content of zeros without any pack', async () => {
    const [root, vault] = [await temporaryFolder(), new MemoryVault()];
    await writeFile(join(root, 'zeros'), Buffer.alloc(5 * mebibyte + 3));

    const { packs, manifestSha256 } = await upload(root, vault);

    expect(packs).toBe(0);
    expect((await filesOf(vault, manifestSha256))[0]?.holes).toEqual([]);
  });

  it('links only names inside the tree', async () => {
    const [folder, vault] = [await temporaryFolder(), new MemoryVault()];
    const root = join(folder, 'root');
    await mkdir(root);
    await writeFile(join(root, 'file'), 'content');
    await link(join(root, 'file'), join(folder, 'outside'));

    const { manifestSha256 } = await upload(root, vault);

    expect((await filesOf(vault, manifestSha256))[0]).not.toHaveProperty('linkGroup');
  });

  it('refuses a root that is no folder', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');

    await expect(upload(join(folder, 'file'), new MemoryVault())).rejects.toThrow(/is not a folder/);
    await expect(upload(join(folder, 'none'), new MemoryVault())).rejects.toMatchObject({
      code: 'SNAPSHOT_UNREADABLE',
    });
  });
});

describe('a tree that changes while it is uploaded', () => {
  const changed = (path: string) => moverError('SNAPSHOT_FILE_CHANGED', path);

  it.each<[string, string, (root: string) => Promise<unknown>]>([
    ['was rewritten', 'b', (root) => writeFile(join(root, 'b'), randomBytes('other', 1000))],
    ['was removed', 'b', (root) => rm(join(root, 'b'))],
    ['was added', 'new', (root) => writeFile(join(root, 'new'), '')],
  ])('fails when a file %s after the freeze', async (_, path, change) => {
    const [root, vault] = [await temporaryFolder(), new MemoryVault()];
    for (const name of ['a', 'b', 'c']) await writeFile(join(root, name), randomBytes(name, 1000));
    const listing = await listTree(root);
    await change(root);

    await expect(upload(root, vault, { listing })).rejects.toMatchObject(changed(path));
    expect(vault.puts).not.toContain('manifest 0');
  });

  it('fails when a file changes that was read already', async () => {
    const [root, vault] = [await threePacks(), new MemoryVault()];
    vault.beforePut = async ({ kind, number }) => {
      if (kind === 'pack' && number === 3) await appendFile(join(root, 'a'), 'late');
    };

    await expect(upload(root, vault)).rejects.toMatchObject(changed('a'));
    expect(vault.puts).not.toContain('manifest 0');
  });

  it('fails when a file shrinks in the middle of being read', async () => {
    const [root, vault] = [await temporaryFolder(), new MemoryVault()];
    await writeFile(join(root, 'large'), randomBytes('large', 55 * mebibyte));
    vault.beforePut = async ({ kind, number }) => {
      if (kind === 'pack' && number === 1) await truncate(join(root, 'large'), 20 * mebibyte);
    };

    await expect(
      upload(root, vault, { buffers: new PackBuffers({ all: 2, each: 2 }) }),
    ).rejects.toMatchObject(changed('large'));
  });
});

describe('logs', () => {
  const log = {
    mountpoint: '/local/testmount',
    platform: 'linux',
    receivedAt: '2026-01-31T11:59:00.000Z',
  } as const;

  it('are stored as sent with what the client said of them', async () => {
    const [folder, vault] = [await temporaryFolder(), new MemoryVault()];
    await mkdir(join(folder, 'root'));
    await writeFile(join(folder, 'rman_full.log'), 'Recovery Manager');
    await writeFile(join(folder, '2'), 'second');
    const logs = [
      { path: join(folder, 'rman_full.log'), ...log },
      {
        path: join(folder, '2'),
        fileName: 'C:\\logs\\two.log',
        ...log,
        mountpoint: 'Z:\\',
        platform: 'windows' as const,
      },
    ];

    const { manifestSha256 } = await upload(join(folder, 'root'), vault, { logs });

    const rows = (await rowsOf(vault, manifestSha256)).flatMap((row) => (row.row === 'log' ? [row.log] : []));
    expect(rows).toMatchObject([
      { number: 1, codec: 'none', rawBytes: 16, fileName: 'rman_full.log', ...log },
      {
        number: 2,
        codec: 'none',
        rawBytes: 6,
        fileName: 'C:\\logs\\two.log',
        mountpoint: 'Z:\\',
        platform: 'windows',
      },
    ]);
    expect(vault.keysOf('logs').map((key) => String(vault.objects.get(key)))).toEqual([
      'Recovery Manager',
      'second',
    ]);
  });

  it('are compressed when they are large, or empty, for nothing empty can be stored', async () => {
    const [folder, vault] = [await temporaryFolder(), new MemoryVault()];
    await mkdir(join(folder, 'root'));
    await writeFile(join(folder, 'empty.log'), '');
    await writeFile(join(folder, 'large.log'), 'channel ORA_DISK_1: starting piece 1\n'.repeat(40_000));
    const logs = ['empty.log', 'large.log'].map((name) => ({ path: join(folder, name), ...log }));

    const { manifestSha256 } = await upload(join(folder, 'root'), vault, { logs });

    const rows = (await rowsOf(vault, manifestSha256)).flatMap((row) => (row.row === 'log' ? [row.log] : []));
    expect(rows.map(({ codec, rawBytes }) => [codec, rawBytes])).toEqual([
      ['zstd', 0],
      ['zstd', 1_480_000],
    ]);
    expect(vault.keysOf('logs').every((key) => (vault.objects.get(key)?.length ?? 0) > 0)).toBe(true);
  });

  it('are refused when they are far too large to be logs', async () => {
    const [folder, vault] = [await temporaryFolder(), new MemoryVault()];
    await mkdir(join(folder, 'root'));
    await writeSparse(join(folder, 'huge.log'), 257 * mebibyte, []);

    const uploading = upload(join(folder, 'root'), vault, {
      logs: [{ path: join(folder, 'huge.log'), ...log }],
    });

    await expect(uploading).rejects.toMatchObject({ code: 'SNAPSHOT_LOG_TOO_LARGE' });
  });
});
