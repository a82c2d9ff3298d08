import type { MountCatalog } from '../../../ports/catalog.ts';
import { pageOf } from './page.ts';
import { type CatalogState, findClaimed, keepClaim, queueEntry } from './state.ts';

export const memoryMounts = (state: CatalogState): MountCatalog => ({
  async create(mount, entry, claim) {
    const claimed = findClaimed(state, claim);
    if (claimed !== undefined) return claimed;
    if (state.mounts.has(mount.mountId)) return { outcome: 'created' };
    const isNameTaken = [...state.mounts.values()].some(
      ({ storeId, name }) => storeId === mount.storeId && name === mount.name,
    );
    if (isNameTaken) return { outcome: 'name-taken' };
    state.mounts.set(mount.mountId, mount);
    queueEntry(state, entry);
    keepClaim(state, claim);
    return { outcome: 'created' };
  },

  async find(mountId) {
    return state.mounts.get(mountId);
  },

  async list({ storeId }, page) {
    const rows = [...state.mounts.values()].filter(
      (mount) => storeId === undefined || mount.storeId === storeId,
    );
    const name = storeId === undefined ? 'mounts' : `mounts of ${storeId}`;
    return pageOf(rows, { name, keyOf: ({ mountId }) => mountId }, page);
  },

  async markReady(mountId) {
    const mount = state.mounts.get(mountId);
    if (mount !== undefined) state.mounts.set(mountId, { ...mount, state: 'ready' });
  },
});
