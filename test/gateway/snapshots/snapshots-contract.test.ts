import { copyFileSync } from 'node:fs';
import {
  appendFile,
  chmod,
  copyFile,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, type TestContext, test } from 'vitest';
import { assertSameTree, listTree } from '../../../gateway/mover/list-tree.ts';
import type { Snapshots } from '../../../gateway/ports/snapshots.ts';
import type { CloneFile } from '../../../gateway/snapshots/copy-tree.ts';
import { readInPlace } from '../../../gateway/snapshots/read-in-place.ts';
import { canCloneFiles, cloneByReflink, reflinkSnapshots } from '../../../gateway/snapshots/reflink.ts';

const copyBytes: CloneFile = (from, to) => copyFile(from, to);
const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const makeMount = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-snapshots-'));
  folders.push(folder);
  const mount = { oracleData: join(folder, 'oracle_data'), snapshots: join(folder, 'snapshots') };
  await mkdir(mount.oracleData);
  await mkdir(mount.snapshots);
  return mount;
};

/** What RMAN and its neighbours may leave in a mount. */
const fill = async ({ oracleData }: { oracleData: string }) => {
  const at = (...path: string[]) => join(oracleData, ...path);
  await mkdir(at('ORCL', 'empty'), { recursive: true });
  await writeFile(at('ORCL', 'piece.bkp'), Buffer.alloc(100_000, 7));
  await writeFile(at('ORCL', 'none'), '');
  await link(at('ORCL', 'piece.bkp'), at('ORCL', 'same-piece.bkp'));
  await symlink('ORCL/piece.bkp', at('latest'));
  await symlink('/nowhere', at('dangling'));
  await writeFile(Buffer.from(`${oracleData}/\xff\xfe`, 'latin1'), 'a name that is not UTF-8');
  await chmod(at('ORCL', 'none'), 0o4640);
  await utimes(at('ORCL', 'piece.bkp'), 1_700_000_000.123456, 1_700_000_000.123456);
  await chmod(at('ORCL', 'empty'), 0o2750);
  await utimes(at('ORCL', 'empty'), 1_600_000_000, 1_600_000_000);
};

/** Each way of freezing, or why it cannot be tried here. */
const adapters: readonly { name: string; snapshots: Snapshots; isPossible: () => Promise<boolean> }[] = [
  { name: 'read in place', snapshots: readInPlace, isPossible: async () => true },
  // The tree as the reflink adapter copies it, on file systems that cannot clone.
  { name: 'reflink, by plain copies', snapshots: reflinkSnapshots(copyBytes), isPossible: async () => true },
  {
    name: 'reflink',
    snapshots: reflinkSnapshots(cloneByReflink),
    isPossible: () => canCloneFiles(tmpdir(), cloneByReflink),
  },
];

describe.each(adapters)('$name', ({ snapshots, isPossible }) => {
  beforeEach(async (context: TestContext) => {
    if (!(await isPossible())) context.skip('the file system of the temporary folder cannot clone files');
  });

  test('freezes everything with modes, times, owners and links', async () => {
    const mount = await makeMount();
    await fill(mount);
    const before = await listTree(mount.oracleData);

    const { root, listing } = await snapshots.freeze(mount, 'first');

    expect(listing.map(withoutInode)).toEqual(before.map(withoutInode));
    expect(await readFile(join(root, 'ORCL', 'piece.bkp'))).toEqual(Buffer.alloc(100_000, 7));
    expect(await readlink(join(root, 'latest'))).toBe('ORCL/piece.bkp');
    const [piece, same] = await Promise.all(
      ['piece.bkp', 'same-piece.bkp'].map((name) => lstat(join(root, 'ORCL', name))),
    );
    expect(piece?.ino).toBe(same?.ino);
  });

  test('answers a listing that what is frozen equals until somebody touches it', async () => {
    const mount = await makeMount();
    await fill(mount);
    const { root, listing } = await snapshots.freeze(mount, 'first');

    assertSameTree(listing, await listTree(root));
    await appendFile(join(root, 'ORCL', 'piece.bkp'), 'x');

    const found = await listTree(root);
    expect(() => assertSameTree(listing, found)).toThrow(
      'ORCL/piece.bkp: had 100000 bytes when the snapshot was frozen and has 100001 now',
    );
  });

  test('finds the root again by the id alone', async () => {
    const mount = await makeMount();

    const { root } = await snapshots.freeze(mount, 'first');

    expect(snapshots.rootOf(mount, 'first')).toBe(root);
  });

  test('either keeps the frozen state when the mount is written to, or says that the mount is busy', async () => {
    const mount = await makeMount();
    await fill(mount);
    const { root } = await snapshots.freeze(mount, 'first');

    await writeFile(join(mount.oracleData, 'ORCL', 'piece.bkp'), 'overwritten');
    await rm(join(mount.oracleData, 'ORCL', 'none'));

    const isKept = (await readFile(join(root, 'ORCL', 'piece.bkp'))).equals(Buffer.alloc(100_000, 7));
    expect(isKept).toBe(!snapshots.isMountBusyWhilePending);
  });

  test('replaces what an interrupted freeze of the same snapshot left', async () => {
    const mount = await makeMount();
    await fill(mount);
    await snapshots.freeze(mount, 'first');
    await rm(join(mount.oracleData, 'ORCL', 'none'));

    const { listing } = await snapshots.freeze(mount, 'first');

    expect(listing.map(({ path }) => path.toString())).not.toContain('ORCL/none');
  });

  test('releases a snapshot without touching the mount, and again without complaint', async () => {
    const mount = await makeMount();
    await fill(mount);
    const before = await listTree(mount.oracleData);
    await snapshots.freeze(mount, 'first');

    await snapshots.release(mount, 'first');
    await snapshots.release(mount, 'first');
    await snapshots.release(mount, 'never frozen');

    assertSameTree(before, await listTree(mount.oracleData));
    expect(await listTree(mount.snapshots)).toHaveLength(1);
  });
});

test('a mount that is written to while its files are cloned is not frozen', async () => {
  const mount = await makeMount();
  await fill(mount);
  const slowWriter: CloneFile = async (from, to) => {
    copyFileSync(from, to);
    await appendFile(join(mount.oracleData, 'ORCL', 'none'), 'still writing');
  };

  await expect(reflinkSnapshots(slowWriter).freeze(mount, 'first')).rejects.toMatchObject({
    code: 'SNAPSHOT_FILE_CHANGED',
    message: expect.stringContaining('ORCL/none: had 0 bytes'),
  });
});

/** What a copy has in common with its original. */
const withoutInode = ({
  path,
  type,
  mode,
  uid,
  gid,
  sizeBytes,
  mtimeNs,
  links,
  target,
}: Awaited<ReturnType<typeof listTree>>[number]) => ({
  path: path.toString('latin1'),
  type,
  mode,
  uid,
  gid,
  sizeBytes: type === 'file' ? sizeBytes : 0,
  mtimeNs,
  links: type === 'file' ? links : 0,
  target: target?.toString(),
});
