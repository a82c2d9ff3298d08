import { join } from 'node:path';
import { treeAt } from '../mover/upload/list-tree.ts';
import type { Snapshots } from '../ports/snapshots.ts';
import { zfsClones } from './zfs-clones.ts';
import { isZfsError, runZfs } from './zfs-command.ts';
import { disownDataset, findDatasetProblem, prepareDataset, requireDataset } from './zfs-dataset.ts';
import { fullNameOf, namePrefix, shortNameOf } from './zfs-snapshot-name.ts';

/** Kept on a snapshot from its freeze to its release: nobody's clean-up can destroy it before it is uploaded. */
const holdTag = 'holdfast';

/**
 * ZFS by its command line. A mount is a dataset, its snapshot the state of the whole dataset in one transaction
 * group, read below `.zfs/snapshot` of the mount's root, which is not exported.
 */
export const zfsSnapshots: Snapshots = {
  kind: 'zfs',
  isMountBusyWhilePending: false,

  async findObstacle(mountsDirectory) {
    return requireDataset(mountsDirectory).then(
      () => undefined,
      (error: Error) => error.message,
    );
  },

  prepareMount: ({ root }, mountId) => prepareDataset(root, mountId),
  findProblem: ({ root }, mountId) => findDatasetProblem(root, mountId),

  forgetMount: ({ root }, mountId) => disownDataset(root, mountId),

  async setQuota({ root }, quotaBytes) {
    await runZfs('set', `quota=${quotaBytes === 0 ? 'none' : quotaBytes}`, (await requireDataset(root)).name);
  },

  async freeze(folders, { snapshotId, requestedAt }) {
    const snapshot = await fullNameOf(folders, snapshotId);
    const stamps = ['-o', `holdfast:snapshot=${snapshotId}`, '-o', `holdfast:requested-at=${requestedAt}`];
    const make = () => runZfs('snapshot', ...stamps, snapshot);
    await make().catch(async (error: unknown) => {
      if (!isZfsError(error, 'ZFS_EXISTS')) throw error;
      // Left by a freeze that was interrupted.
      await destroySnapshot(snapshot);
      await make();
    });
    await runZfs('hold', holdTag, snapshot);
    const root = this.rootOf(folders, snapshotId);
    return { root, listing: treeAt(root) };
  },

  rootOf: ({ root }, snapshotId) => join(root, '.zfs', 'snapshot', shortNameOf(snapshotId), 'oracle_data'),

  async list({ root }) {
    const { name } = await requireDataset(root);
    const rows = await runZfs('list', '-Hp', '-t', 'snapshot', '-d', '1', '-o', 'name', name);
    const ours = `${name}@${namePrefix}`;
    return rows.flatMap(([found = '']) => (found.startsWith(ours) ? [found.slice(ours.length)] : []));
  },

  async sizeOf(folders, snapshotId) {
    const snapshot = await fullNameOf(folders, snapshotId);
    const rows = await runZfs('get', '-Hp', '-o', 'property,value', 'used,referenced', snapshot);
    const values = new Map(rows.map(([property, value]) => [property, Number(value)]));
    return { usedBytes: values.get('used') ?? 0, referencedBytes: values.get('referenced') ?? 0 };
  },

  clones: zfsClones,

  release: async (folders, snapshotId) => destroySnapshot(await fullNameOf(folders, snapshotId)),
};

/**
 * Destroys exactly this snapshot. Never with -r or -R, which would take others and clones along: where something else
 * holds the snapshot, it stays, and the failure is told.
 */
async function destroySnapshot(snapshot: string): Promise<void> {
  // A crash may have come before the hold, or between release and destroy.
  await unlessMissing(runZfs('release', holdTag, snapshot));
  await unlessMissing(runZfs('destroy', snapshot));
}

async function unlessMissing(command: Promise<unknown>): Promise<void> {
  await command.catch((error: unknown) => {
    if (!isZfsError(error, 'ZFS_DATASET_MISSING')) throw error;
  });
}
