import { listTree } from '../mover/list-tree.ts';
import type { Snapshots } from '../ports/snapshots.ts';

/**
 * For file systems that can do no better: the mount itself is uploaded. It stays busy until then, and the listing
 * gives away whoever writes to it all the same.
 */
export const readInPlace: Snapshots = {
  kind: 'read-in-place',
  isMountBusyWhilePending: true,
  freeze: async ({ oracleData }) => ({ root: oracleData, listing: await listTree(oracleData) }),
  rootOf: ({ oracleData }) => oracleData,
  release: async () => {},
};
