import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PlacedPacks } from '../../../gateway/mover/restore/placed-packs.ts';
import { planRestore } from '../../../gateway/mover/restore/plan-restore.ts';
import { RestoreWork } from '../../../gateway/mover/restore/restore-work.ts';
import type { UploadId } from '../../../shared/domain/ids.ts';
import { formatVaultKey } from '../../../shared/domain/vault/keys.ts';
import { readManifest } from '../../../shared/domain/vault/manifest-reader.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { MemoryVault } from './memory-vault.ts';
import { rowsOf, temporaryFolder, upload } from './mover-fixtures.ts';
import { mountId, uploadId } from './mover-identity.ts';

const mebibyte = 2 ** 20;

describe('the plan of a restore', () => {
  it('says pack by pack what is needed, without a byte of a pack', async () => {
    const [folder, root, vault] = [await temporaryFolder(), await temporaryFolder(), new MemoryVault()];
    await writeFile(join(root, 'a'), randomBytes('a', 2 * mebibyte));
    await writeFile(join(root, 'b'), Buffer.concat([Buffer.alloc(mebibyte), randomBytes('b', mebibyte)]));
    const { manifestSha256 } = await upload(root, vault);
    const manifestKey = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256: manifestSha256 });
    const plan = async (paths?: readonly Buffer[]) => {
      const planned = await planRestore({
        manifestKey,
        rows: readManifest([await vault.get(manifestKey)], manifestKey),
        fetchMap: ({ owner, number, sha256 }) =>
          vault.get(formatVaultKey({ kind: 'map', mountId, uploadId: owner, number, sha256 })),
        scratch: join(folder, 'work'),
        ...(paths && { paths }),
      });
      const packs = [...planned.packs];
      planned.close();
      return { files: planned.files, bytes: planned.bytes, packs };
    };

    const all = await plan();
    expect(all).toMatchObject({ files: 2, bytes: 4 * mebibyte });
    // Zeros lie in no pack.
    expect(all.packs.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(3 * mebibyte);
    expect(vault.gets.some((key) => key.includes('/packs/'))).toBe(false);
  });
});

describe('the packs of a restore', () => {
  it('come with the newest upload first, so that one file after the other is complete', async () => {
    const work = new RestoreWork(join(await temporaryFolder(), 'work'));
    const owners = ['01K0000000000000000000000A', '01K0000000000000000000000B'] as UploadId[];
    const refs = owners.flatMap((owner) => [1, 2].map((number) => ({ owner, number })));
    const facts = { kind: 'pack', sha256: '', tableSha256: '', storedBytes: 1, rawBytes: 1 } as const;
    for (const ref of refs) work.addPack({ ...facts, ...ref, referencedBytes: 1 });

    work.orderPacks();

    const named = [1, 2, 3, 4].map((id) => work.pack(id)).map(({ owner, number }) => ({ owner, number }));
    expect(named).toEqual([...refs.slice(2), ...refs.slice(0, 2)]);
    work.close();
  });
});

describe('packs that an interrupted restore has placed', () => {
  it('are known to the next attempt of the same boot, and to none after a reboot', async () => {
    const [folder, root, vault] = [await temporaryFolder(), await temporaryFolder(), new MemoryVault()];
    await writeFile(join(root, 'a'), 'a');
    const { manifestSha256 } = await upload(root, vault);
    const rows = await rowsOf(vault, manifestSha256);
    const [pack] = rows.flatMap((row) =>
      row.row === 'object' && row.object.kind === 'pack' ? [row.object] : [],
    );
    if (!pack) throw new Error('there is no pack');
    const path = join(folder, 'placed');
    let attempts = 0;
    const attempt = async (act: (placed: PlacedPacks, work: RestoreWork) => Promise<void>) => {
      const work = new RestoreWork(join(folder, `work-${++attempts}`));
      work.addPack(pack);
      const placed = await PlacedPacks.open(path, work);
      await act(placed, work);
      await placed.close();
      work.close();
    };
    const isKnown = (work: RestoreWork) => work.packNamed(pack)?.isPlaced;

    await attempt(async (placed, work) => {
      expect([placed.count, isKnown(work)]).toEqual([0, false]);
      await placed.add(work.pack(1));
    });
    // The process died while it wrote.
    await writeFile(path, `${await readFile(path, 'utf8')}01K0000`);
    await attempt(async (placed, work) => expect([placed.count, isKnown(work)]).toEqual([1, true]));
    await writeFile(path, (await readFile(path, 'utf8')).replace(/^.*\n/, 'another boot\n'));
    await attempt(async (placed, work) => expect([placed.count, isKnown(work)]).toEqual([0, false]));
  });
});
