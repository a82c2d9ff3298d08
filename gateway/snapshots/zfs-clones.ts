import { chmod, chown, lstat, readdir, rename, rm, rmdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, systemCode } from '../file-errors.ts';
import { MoverError } from '../mover/errors.ts';
import { joinPath } from '../mover/file-system-path.ts';
import type { SnapshotClones, SnapshotFolders } from '../ports/snapshots.ts';
import { isZfsError, runZfs } from './zfs-command.ts';
import { requireDataset } from './zfs-dataset.ts';
import { fullNameOf } from './zfs-snapshot-name.ts';

/** User property that says which clone a dataset is; nothing without it is ever destroyed. */
const cloneProperty = 'holdfast:clone';

/**
 * A clone is a dataset below that of its mount, so that the mount's quota covers what is written to it. Its snapshot
 * cannot be destroyed while it exists: ZFS sees to that.
 */
export const zfsClones: SnapshotClones = {
  async identify(folders, snapshotId) {
    return propertyOf('guid', await fullNameOf(folders, snapshotId));
  },

  async hasAny(folders, snapshotId) {
    const clones = await propertyOf('clones', await fullNameOf(folders, snapshotId));
    return clones !== '' && clones !== '-';
  },

  async make(folders, snapshotId, { cloneId, work, to }) {
    const name = await cloneNameOf(folders, cloneId);
    const found = await findClone(name);
    if (found?.mountpoint === to) return found.isMounted ? undefined : await mountClone(name);
    // Left half made by a crash: nobody has seen it.
    if (found) await destroyClone(name, cloneId);
    // ZFS would mount over it, and hide it.
    if (await isThere(to))
      throw new MoverError('RESTORE_DESTINATION_TAKEN', to, 'exists already; move it away');
    const properties = ['-o', `mountpoint=${work}`, '-o', `${cloneProperty}=${cloneId}`];
    await runZfs('clone', ...properties, await fullNameOf(folders, snapshotId), name);
    await leaveOnlyData(work);
    // Unmounts it there and mounts it here: whoever looks finds all of it or nothing.
    await runZfs('set', `mountpoint=${to}`, name);
  },

  destroy: async (folders, cloneId) => destroyClone(await cloneNameOf(folders, cloneId), cloneId),
};

const cloneNameOf = async ({ root }: SnapshotFolders, cloneId: string): Promise<string> => {
  if (!/^[A-Za-z0-9-]{1,40}$/u.test(cloneId)) throw new Error(`${JSON.stringify(cloneId)} is no clone id`);
  return `${(await requireDataset(root)).name}/holdfast-clone-${cloneId}`;
};

async function propertyOf(property: string, name: string): Promise<string> {
  const rows = await runZfs('get', '-Hp', '-o', 'property,value', property, name);
  return rows[0]?.[1] ?? '';
}

async function findClone(name: string) {
  const columns = ['mountpoint', 'mounted', cloneProperty];
  try {
    const rows = await runZfs('list', '-Hp', '-t', 'filesystem', '-o', columns.join(','), name);
    const [mountpoint = '', mounted, cloneId] = rows[0] ?? [];
    return { mountpoint, isMounted: mounted === 'yes', cloneId };
  } catch (error) {
    if (isZfsError(error, 'ZFS_DATASET_MISSING')) return undefined;
    throw error;
  }
}

const mountClone = async (name: string): Promise<void> => void (await runZfs('mount', name));

/** Never with -r or -R: what somebody has made of the clone, a snapshot or another clone, is not ours to destroy. */
async function destroyClone(name: string, cloneId: string): Promise<void> {
  const found = await findClone(name);
  if (found === undefined) return;
  if (found.cloneId !== cloneId)
    throw new Error(`the dataset ${name} does not say that it is the clone ${cloneId}: it stays as it is`);
  await runZfs('destroy', name);
  // Where a mount point was given ZFS leaves its folder behind.
  await rmdir(found.mountpoint).catch((error: unknown) => {
    if (!isMissing(error) && systemCode(error) !== 'ENOTEMPTY') throw error;
  });
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );

/** The snapshot is of the whole mount: what lies beside `oracle_data` goes, and its content takes the place of the whole. */
async function leaveOnlyData(root: string): Promise<void> {
  // Should the backup hold a file of this very name, its move fails, and the clone is staged from the vault.
  const data = join(root, '.holdfast-clone-data');
  await rename(join(root, 'oracle_data'), data);
  const { mode, uid, gid, atime, mtime } = await lstat(data);
  for (const name of await readdir(root)) {
    // Where snapdir=visible ZFS lists its own folder, in which nothing can be removed.
    if (name !== '.holdfast-clone-data' && name !== '.zfs')
      await rm(join(root, name), { recursive: true, force: true });
  }
  for (const name of await readdir(data, { encoding: 'buffer' }))
    await rename(joinPath(data, name), joinPath(root, name));
  await rmdir(data);
  await chown(root, uid, gid);
  await chmod(root, mode & 0o7777);
  await utimes(root, atime, mtime);
}
