import type { Hold } from '../../../domain/retention/hold.ts';
import type { HoldCatalog } from '../../../ports/catalog/holds.ts';
import { advanceMount } from './deletions.ts';
import { pageOf } from './page.ts';
import { type CatalogState, findClaimed, keepClaim } from './state.ts';

export const memoryHolds = (state: CatalogState): HoldCatalog => ({
  async place(hold, of, claim) {
    const claimed = findClaimed(state, claim);
    if (claimed !== undefined) return claimed;
    if (state.holds.has(hold.holdId)) return { outcome: 'placed' };
    if (of !== undefined && !advanceMount(state, of.mount, of.entry)) return { outcome: 'conflict' };
    state.holds.set(hold.holdId, hold);
    if (of !== undefined) state.heldMounts.set(copyKey(of.mount, hold), hold);
    keepClaim(state, claim);
    return { outcome: 'placed' };
  },

  async raise(mount, hold, entry) {
    const key = copyKey(mount, hold);
    if (state.heldMounts.has(key)) return 'raised';
    if (!advanceMount(state, mount, entry)) return 'conflict';
    state.heldMounts.set(key, hold);
    return 'raised';
  },

  async lower(mount, hold, { dueAt, entry }) {
    const key = copyKey(mount, hold);
    if (!state.heldMounts.has(key)) return 'absent';
    if (!advanceMount(state, mount, entry, { dueAt })) return 'conflict';
    state.heldMounts.delete(key);
    return 'lowered';
  },

  async end({ holdId }, lifted) {
    const hold = state.holds.get(holdId);
    if (hold !== undefined && hold.lifted === undefined) state.holds.set(holdId, { ...hold, lifted });
  },

  async find(holdId) {
    return state.holds.get(holdId);
  },

  async list(page) {
    const list = { name: 'holds', keyOf: ({ holdId }: Hold) => holdId, isDescending: true };
    return pageOf(state.holds.values(), list, page);
  },

  async ofMount(mountId) {
    const copies = [...state.heldMounts].filter(([key]) => key.startsWith(`${mountId} `));
    return copies.map(([, hold]) => hold).sort((a, b) => (a.holdId < b.holdId ? -1 : 1));
  },

  async ofDatabase(databaseId) {
    return [...state.holds.values()]
      .filter(
        ({ target, lifted }) =>
          lifted === undefined && target.kind === 'database' && target.databaseId === databaseId,
      )
      .sort((a, b) => (a.holdId < b.holdId ? -1 : 1));
  },
});

const copyKey = ({ mountId }: { readonly mountId: string }, { holdId }: Hold): string =>
  `${mountId} ${holdId}`;
