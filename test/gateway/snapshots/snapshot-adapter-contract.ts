import {
  appendFile,
  chmod,
  link,
  lstat,
  mkdir,
  open,
  readFile,
  readlink,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { describe, expect, test } from 'vitest';
import { createMountFolders, foldersOf, type MountFolders } from '../../../gateway/mounts/mount-folders.ts';
import { assertSameTree, listTree } from '../../../gateway/mover/upload/list-tree.ts';
import type { Snapshots } from '../../../gateway/ports/snapshots.ts';
import type { MountId } from '../../../shared/domain/ids.ts';
import { toInstant } from '../../../shared/domain/instant.ts';

/** An adapter on a place where it works. Everything is gone when the test ends. */
export interface SnapshotGround {
  readonly snapshots: Snapshots;
  readonly mountsDirectory: string;
  /** Begins a freeze and leaves what a crash in its middle leaves. */
  readonly crashWhileFreezing: (folders: MountFolders, snapshotId: string) => Promise<void>;
}

export const requestedAt = toInstant(new Date('2026-11-20T22:00:00Z'));
export const makeMountId = (): MountId => `mnt-${ulid()}` as MountId;

/** A mount as the gateway makes it. */
export async function makeMount(
  { snapshots, mountsDirectory }: Pick<SnapshotGround, 'mountsDirectory' | 'snapshots'>,
  name = 'orcl.main',
  mountId = makeMountId(),
): Promise<MountFolders & { readonly mountId: MountId }> {
  const folders = foldersOf(mountsDirectory, name);
  await snapshots.prepareMount(folders, mountId);
  await createMountFolders(folders, mountId);
  return { ...folders, mountId };
}

/** What RMAN and its neighbours may leave in a mount. */
export async function fill({ oracleData }: Pick<MountFolders, 'oracleData'>): Promise<void> {
  const at = (...path: string[]) => join(oracleData, ...path);
  await mkdir(at('ORCL', 'empty'), { recursive: true });
  await writeFile(at('ORCL', 'piece.bkp'), Buffer.alloc(100_000, 7));
  await writeFile(at('ORCL', 'none'), '');
  await link(at('ORCL', 'piece.bkp'), at('ORCL', 'same-piece.bkp'));
  await symlink('ORCL/piece.bkp', at('latest'));
  await symlink('/nowhere', at('dangling'));
  await writeFile(Buffer.from(`${oracleData}/\xff\xfe`, 'latin1'), 'a name that is not UTF-8');
  await writeFile(at('-rf $(touch x) "quoted" \n\\'), 'a name that a shell would read');
  await writeFile(at('x'.repeat(255)), 'the longest name');
  await chmod(at('ORCL', 'none'), 0o4640);
  await utimes(at('ORCL', 'piece.bkp'), 1_700_000_000.123456, 1_700_000_000.123456);
  await chmod(at('ORCL', 'empty'), 0o2750);
  await utimes(at('ORCL', 'empty'), 1_600_000_000, 1_600_000_000);
}

/**
 * What the gateway relies on, whichever way mounts are frozen. A new adapter is done when this passes on it: call it
 * with the adapter's name and a function that makes a place where it works.
 */
export function describeSnapshotAdapter(name: string, makeGround: () => Promise<SnapshotGround>): void {
  const setUp = async () => {
    const ground = await makeGround();
    const mount = await makeMount(ground);
    const freeze = async (snapshotId = ulid()) => {
      const { root, listing } = await ground.snapshots.freeze(mount, { snapshotId, requestedAt });
      return { root, listing: await Array.fromAsync(listing) };
    };
    return { ...ground, mount, freeze };
  };

  describe(name, () => {
    test('works where it finds no obstacle, and finds no problem with a mount that it prepared', async () => {
      const { snapshots, mountsDirectory, mount } = await setUp();

      expect(await snapshots.findObstacle(mountsDirectory)).toBeUndefined();
      expect(await snapshots.findProblem(mount, mount.mountId)).toBeUndefined();
    });

    test('prepares a mount again without harm', async () => {
      const { snapshots, mount } = await setUp();
      await fill(mount);
      const before = await listTree(mount.oracleData);

      await snapshots.prepareMount(mount, mount.mountId);

      assertSameTree(before, await listTree(mount.oracleData));
    });

    test('freezes everything with modes, times, owners, links and odd names', async () => {
      const { mount, freeze } = await setUp();
      await fill(mount);
      const before = await listTree(mount.oracleData);

      const { root, listing } = await freeze();

      expect(listing.map(withoutInode)).toEqual(before.map(withoutInode));
      expect(await readFile(join(root, 'ORCL', 'piece.bkp'))).toEqual(Buffer.alloc(100_000, 7));
      expect(await readlink(join(root, 'latest'))).toBe('ORCL/piece.bkp');
      const pieces = ['piece.bkp', 'same-piece.bkp'].map((piece) => lstat(join(root, 'ORCL', piece)));
      const [piece, same] = await Promise.all(pieces);
      expect(piece?.ino).toBe(same?.ino);
    });

    test('freezes an empty mount', async () => {
      const { freeze } = await setUp();

      const { listing } = await freeze();

      expect(listing.map(({ path, type }) => ({ path: path.toString(), type }))).toEqual([
        { path: '', type: 'directory' },
      ]);
    });

    test('freezes a sparse file with its size and its content', async () => {
      const { mount, freeze } = await setUp();
      const file = join(mount.oracleData, 'sparse.dbf');
      await writeFile(file, '');
      await truncate(file, 8 * 2 ** 20);
      const handle = await open(file, 'r+');
      await handle.write(Buffer.from('in the middle'), 0, 13, 4 * 2 ** 20);
      await handle.close();

      const { root, listing } = await freeze();

      expect(listing.find(({ type }) => type === 'file')).toMatchObject({ sizeBytes: 8 * 2 ** 20 });
      expect((await readFile(join(root, 'sparse.dbf'))).equals(await readFile(file))).toBe(true);
    });

    test('answers a listing that what is frozen equals until somebody touches it', async () => {
      const { mount, freeze } = await setUp();
      await fill(mount);
      const { root, listing } = await freeze();

      assertSameTree(listing, await listTree(root));
      await appendFile(join(root, 'ORCL', 'piece.bkp'), 'x');

      const found = await listTree(root);
      expect(() => assertSameTree(listing, found)).toThrow(
        'ORCL/piece.bkp: had 100000 bytes when the snapshot was frozen and has 100001 now',
      );
    });

    test('finds the root again by the id alone', async () => {
      const { snapshots, mount, freeze } = await setUp();
      const snapshotId = ulid();

      const { root } = await freeze(snapshotId);

      expect(snapshots.rootOf(mount, snapshotId)).toBe(root);
    });

    test('either keeps the frozen state when the mount is written to, or says that the mount is busy', async () => {
      const { snapshots, mount, freeze } = await setUp();
      await fill(mount);
      const { root, listing } = await freeze();

      await writeFile(join(mount.oracleData, 'ORCL', 'piece.bkp'), 'overwritten');
      await rm(join(mount.oracleData, 'ORCL', 'none'));
      await writeFile(join(mount.oracleData, 'new.bkp'), 'new');

      const isKept = await listTree(root).then((found) => {
        try {
          assertSameTree(listing, found);
          return true;
        } catch {
          return false;
        }
      });
      expect(isKept).toBe(!snapshots.isMountBusyWhilePending);
    });

    test('keeps several snapshots apart, unless the mount is busy while one is pending', async () => {
      const { snapshots, mount, freeze } = await setUp();
      if (snapshots.isMountBusyWhilePending) return expect(await snapshots.list(mount)).toEqual([]);
      const [first, second] = [ulid(), ulid()];
      const file = join(mount.oracleData, 'piece.bkp');
      const contentOf = (id: string) => readFile(join(snapshots.rootOf(mount, id), 'piece.bkp'), 'utf8');

      await writeFile(file, 'one');
      await freeze(first);
      await writeFile(file, 'two');
      await freeze(second);
      await writeFile(file, 'three');

      expect((await snapshots.list(mount)).sort()).toEqual([first, second].sort());
      expect(await contentOf(first)).toBe('one');
      await snapshots.release(mount, first);
      expect(await snapshots.list(mount)).toEqual([second]);
      expect(await contentOf(second)).toBe('two');
    });

    test('says what a snapshot refers to and what its release would free', async () => {
      const { snapshots, mount, freeze } = await setUp();
      await fill(mount);
      const snapshotId = ulid();
      await freeze(snapshotId);

      const { usedBytes, referencedBytes } = await snapshots.sizeOf(mount, snapshotId);

      expect(referencedBytes).toBeGreaterThanOrEqual(100_000);
      expect(usedBytes).toBeLessThanOrEqual(referencedBytes);
      if (snapshots.isMountBusyWhilePending) expect(usedBytes).toBe(0);
    });

    test('replaces what an interrupted freeze of the same snapshot left', async () => {
      const { mount, freeze } = await setUp();
      await fill(mount);
      const snapshotId = ulid();
      await freeze(snapshotId);
      await rm(join(mount.oracleData, 'ORCL', 'none'));

      const { listing } = await freeze(snapshotId);

      expect(listing.map(({ path }) => path.toString())).not.toContain('ORCL/none');
    });

    test('leaves nothing of a freeze that a crash interrupted once it is released', async () => {
      const { snapshots, mount, crashWhileFreezing } = await setUp();
      await fill(mount);
      const before = await listTree(mount.oracleData);
      const snapshotId = ulid();
      await crashWhileFreezing(mount, snapshotId);

      await snapshots.release(mount, snapshotId);

      expect(await snapshots.list(mount)).toEqual([]);
      assertSameTree(before, await listTree(mount.oracleData));
    });

    test('releases a snapshot without touching the mount, and again without complaint', async () => {
      const { snapshots, mount, freeze } = await setUp();
      await fill(mount);
      const before = await listTree(mount.oracleData);
      const snapshotId = ulid();
      await freeze(snapshotId);

      await snapshots.release(mount, snapshotId);
      await snapshots.release(mount, snapshotId);
      await snapshots.release(mount, ulid());

      assertSameTree(before, await listTree(mount.oracleData));
      expect(await snapshots.list(mount)).toEqual([]);
    });
  });
}

/** What a copy has in common with its original. */
const withoutInode = (entry: Awaited<ReturnType<typeof listTree>>[number]) => ({
  path: entry.path.toString('latin1'),
  type: entry.type,
  mode: entry.mode,
  uid: entry.uid,
  gid: entry.gid,
  sizeBytes: entry.type === 'file' ? entry.sizeBytes : 0,
  mtimeNs: entry.mtimeNs,
  links: entry.type === 'file' ? entry.links : 0,
  target: entry.target?.toString(),
});
