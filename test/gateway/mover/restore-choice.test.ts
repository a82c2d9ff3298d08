import { execFileSync } from 'node:child_process';
import { chown, link, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemoryVault } from './memory-vault.ts';
import { moverError, restore, temporaryFolder, upload } from './mover-fixtures.ts';
import { factsOf } from './sample-tree.ts';

const odd = Buffer.concat([Buffer.from('db/'), Buffer.from([0x6e, 0xe9, 0xff])]);

async function storedTree() {
  const [folder, vault] = [await temporaryFolder(), new MemoryVault()];
  const root = join(folder, 'source');
  await mkdir(join(root, 'db/arch'), { recursive: true });
  await mkdir(join(root, 'db-other'));
  await writeFile(join(root, 'a'), 'first name');
  await writeFile(join(root, 'db/data'), 'data');
  await writeFile(join(root, 'db/arch/1.arc'), 'one');
  await writeFile(join(root, 'db/arch/2.arc'), 'two');
  await writeFile(join(root, 'db-other/data'), 'other');
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), odd]), 'not UTF-8');
  await link(join(root, 'a'), join(root, 'db/z'));
  await link(join(root, 'a'), join(root, 'zz'));
  await symlink('data', join(root, 'db/latest'));
  execFileSync('mkfifo', [join(root, 'db/pipe')]);
  const { manifestSha256 } = await upload(root, vault);
  const destination = join(folder, 'restored');
  const pick = async (...paths: (Buffer | string)[]) => {
    await restore(vault, manifestSha256, destination, { paths: paths.map((path) => Buffer.from(path)) });
    return (await readdir(destination, { recursive: true, encoding: 'latin1' })).sort();
  };
  return { folder, root, vault, manifestSha256, destination, pick };
}

describe('choosing files of a snapshot', () => {
  it('restores these with the folders that they lie in, and nothing else', async () => {
    const { root, destination, pick } = await storedTree();

    expect(await pick('db/arch/1.arc', odd)).toEqual([
      'db',
      'db/arch',
      'db/arch/1.arc',
      odd.toString('latin1'),
    ]);

    const [all, some] = [await factsOf(root), await factsOf(destination)];
    for (const name of ['', '/db', '/db/arch', '/db/arch/1.arc']) expect(some[name]).toEqual(all[name]);
  });

  it('takes a folder with all below it, but not one whose name begins alike', async () => {
    const { pick } = await storedTree();

    expect(await pick('db')).toEqual([
      'db',
      'db/arch',
      'db/arch/1.arc',
      'db/arch/2.arc',
      'db/data',
      'db/latest',
      odd.toString('latin1'),
      'db/z',
    ]);
  });

  it('brings the content of a file under whichever of its names is chosen', async () => {
    const { destination, pick } = await storedTree();

    expect(await pick('db/z', 'zz')).toEqual(['db', 'db/z', 'zz']);

    expect(await readFile(join(destination, 'zz'), 'utf8')).toBe('first name');
    expect((await lstat(join(destination, 'zz'))).nlink).toBe(2);
  });

  it('fetches only what these files need', async () => {
    const { vault, pick } = await storedTree();
    await pick('db/latest');

    expect(vault.gets.filter((key) => !key.includes('/manifest-'))).toEqual([]);
  });

  it('refuses paths that are not there by name, before anything is written', async () => {
    const { folder, pick } = await storedTree();

    await expect(pick('db/data', 'db/none', 'db/', '/etc/passwd')).rejects.toThrow(
      /"db\/none", "db\/", "\/etc\/passwd"; list its files/,
    );
    expect(await readdir(folder)).toEqual(['source']);
  });

  it('refuses what is listed and not kept, when it is named', async () => {
    const { pick } = await storedTree();

    await expect(pick('db/pipe')).rejects.toMatchObject(moverError('RESTORE_PATH_UNKNOWN', 'db/pipe'));
  });

  it('is part of the order: another choice does not go on with the folder of this one', async () => {
    const { vault, pick, destination } = await storedTree();
    vault.beforeGet = (key) => {
      if (key.includes('/packs/')) throw new Error('line cut');
    };
    await expect(pick('db/data')).rejects.toThrow('line cut');

    await expect(pick('db')).rejects.toMatchObject(moverError('RESTORE_DESTINATION_TAKEN', destination));
  });
});

describe('choosing owners', () => {
  const uidsOf = async (destination: string, ...names: string[]) =>
    Promise.all(names.map(async (name) => (await lstat(join(destination, name))).uid));

  it.runIf(process.geteuid?.() === 0)('gives all to one, or maps numbers and leaves the others', async () => {
    const { root, vault, folder } = await storedTree();
    await chown(join(root, 'db/data'), 54_321, 54_322);
    const other = new MemoryVault();
    const { manifestSha256 } = await upload(root, other);
    expect(vault.objects.size).toBeGreaterThan(0);

    const allTo = { allTo: { uid: 1001, gid: 1002 } };
    await restore(other, manifestSha256, join(folder, 'one'), { owners: allTo });
    const map = { uids: { 54321: 2001 }, gids: { 54322: 2002 } };
    await restore(other, manifestSha256, join(folder, 'two'), { owners: map });

    const names = ['', 'a', 'db', 'db/data', 'db/latest'];
    expect(await uidsOf(join(folder, 'one'), ...names)).toEqual(names.map(() => 1001));
    expect(await uidsOf(join(folder, 'two'), ...names)).toEqual([0, 0, 0, 2001, 0]);
    expect(await lstat(join(folder, 'two/db/data'))).toMatchObject({ uid: 2001, gid: 2002 });
  });

  it.runIf(process.geteuid?.() === 0)(
    'is refused before anything is written when the store may not',
    async () => {
      const { vault, manifestSha256, folder, destination } = await storedTree();
      const nobody = 65_534;
      await chown(folder, nobody, nobody);
      process.seteuid?.(nobody);
      try {
        const owners = { uids: {}, gids: { 1: 4242 } };

        const restoring = restore(vault, manifestSha256, destination, { owners });

        await expect(restoring).rejects.toThrow(/may not give files to group 4242: run it as root/);
        expect(await readdir(folder)).toEqual(['source']);
        const own = { allTo: { uid: nobody, gid: process.getegid?.() ?? 0 } };
        await expect(restore(vault, manifestSha256, destination, { owners: own })).resolves.toMatchObject({
          ownersNotSet: 0,
        });
      } finally {
        process.seteuid?.(0);
      }
    },
  );
});
