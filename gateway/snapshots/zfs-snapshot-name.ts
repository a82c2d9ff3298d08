import type { SnapshotFolders } from '../ports/snapshots.ts';
import { requireDataset } from './zfs-dataset.ts';

/** What all our snapshots are called, so that those of an administrator are never taken for ours. */
export const namePrefix = 'holdfast-';

export const shortNameOf = (snapshotId: string): string => {
  if (!/^[A-Za-z0-9]{1,26}$/u.test(snapshotId))
    throw new Error(`${JSON.stringify(snapshotId)} is no snapshot id`);
  return namePrefix + snapshotId;
};

export const fullNameOf = async ({ root }: SnapshotFolders, snapshotId: string): Promise<string> => {
  const shortName = shortNameOf(snapshotId);
  return `${(await requireDataset(root)).name}@${shortName}`;
};
