import { treeAt } from '../mover/upload/list-tree.ts';
import type { Snapshots } from '../ports/snapshots.ts';
import { allocatedBytes } from './reflink.ts';

/**
 * For file systems that can do no better: the mount itself is uploaded. It stays busy until then, and the listing
 * gives away whoever writes to it all the same.
 */
export const readInPlace: Snapshots = {
  kind: 'read-in-place',
  isMountBusyWhilePending: true,
  findObstacle: async () => undefined,
  prepareMount: async () => {},
  findProblem: async () => undefined,
  freeze: async ({ oracleData }) => ({ root: oracleData, listing: treeAt(oracleData) }),
  rootOf: ({ oracleData }) => oracleData,
  list: async () => [],
  sizeOf: async ({ oracleData }) => ({ usedBytes: 0, referencedBytes: await allocatedBytes(oracleData) }),
  release: async () => {},
};
