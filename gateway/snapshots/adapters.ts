import type { SnapshotKind, Snapshots } from '../ports/snapshots.ts';
import type { CloneFile } from './copy-tree.ts';
import { readInPlace } from './read-in-place.ts';
import { reflinkSnapshots } from './reflink.ts';
import { zfsSnapshots } from './zfs.ts';

export type SnapshotAdapters = Readonly<Record<SnapshotKind, Snapshots>>;

/** Every adapter there is, the best first: `auto` takes the first that finds no obstacle. */
export const snapshotAdapters = (clone: CloneFile): SnapshotAdapters => ({
  zfs: zfsSnapshots,
  reflink: reflinkSnapshots(clone),
  'read-in-place': readInPlace,
});

export type SnapshotChoice = SnapshotKind | 'auto';

/** The kind of new snapshots. Throws when the one asked for cannot be had: a lesser one is never taken silently. */
export async function chooseSnapshots(
  adapters: SnapshotAdapters,
  choice: SnapshotChoice,
  mountsDirectory: string,
): Promise<SnapshotKind> {
  const candidates = choice === 'auto' ? Object.values(adapters) : [adapters[choice]];
  const obstacles: string[] = [];
  for (const adapter of candidates) {
    const obstacle = await adapter.findObstacle(mountsDirectory);
    if (obstacle === undefined) return adapter.kind;
    obstacles.push(`${adapter.kind}: ${obstacle}`);
  }
  throw new Error(`snapshots cannot be made as configured (${obstacles.join('; ')})`);
}
