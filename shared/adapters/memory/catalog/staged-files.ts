import type { RestoreId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/instant.ts';
import { isLive } from '../../../domain/recovery-point.ts';
import { isStaged, pinOf } from '../../../domain/restore.ts';
import type { Lease, StagedFilesCatalog } from '../../../ports/catalog/staged-files.ts';
import { pageOf } from './page.ts';
import { type CatalogState, pinsOf } from './state.ts';

export const memoryStagedFiles = (state: CatalogState): StagedFilesCatalog => ({
  async renewLease({ restoreId, fence: asRead }, lease) {
    const restore = state.restores.get(restoreId);
    if (restore?.staged?.state !== 'present' || restore.fence !== asRead) return 'refused';
    orderRemoval(state, restoreId, lease);
    return 'renewed';
  },

  async beginRemoval(restoreId, fence, at) {
    const restore = state.restores.get(restoreId);
    if (restore === undefined || !isStaged(restore) || restore.fence !== fence) return 'refused';
    if (restore.staged?.state === 'present') {
      state.restores.set(restoreId, { ...restore, staged: { state: 'removing', since: at } });
    }
    return 'begun';
  },

  async noteRemoval(restoreId, fence, reason) {
    const restore = state.restores.get(restoreId);
    if (restore?.staged?.state !== 'removing' || restore.fence !== fence) return 'refused';
    state.restores.set(restoreId, { ...restore, staged: { ...restore.staged, reason } });
    return 'noted';
  },

  async endStaged(restoreId, end) {
    const restore = state.restores.get(restoreId);
    if (restore === undefined || !isStaged(restore)) return 'already-ended';
    state.restores.set(restoreId, { ...restore, staged: end });
    state.commands.delete(restoreId);
    if (restore.clone) pinsOf(state, restore.recoveryPointId).delete(pinOf(restore));
    return 'ended';
  },

  async repin({ restoreId }) {
    const restore = state.restores.get(restoreId);
    const point = restore && state.recoveryPoints.get(restore.recoveryPointId);
    if (restore?.clone === undefined || !isStaged(restore)) return 'refused';
    if (point === undefined || !isLive(point.state)) return 'refused';
    pinsOf(state, point.recoveryPointId).add(pinOf(restore));
    return 'pinned';
  },

  async listStaged(page) {
    const rows = [...state.restores.values()].filter(isStaged);
    return pageOf(rows, { name: 'staged restores', keyOf: ({ restoreId }) => restoreId }, page);
  },
});

/** False where nothing was ever ordered of a store: then nothing lies there. */
export function beginLease(
  state: CatalogState,
  restoreId: RestoreId,
  { at, ...lease }: Lease & { readonly at: Instant },
): boolean {
  const restore = state.restores.get(restoreId);
  if (restore === undefined || !state.commands.has(restoreId)) return false;
  state.restores.set(restoreId, { ...restore, staged: { state: 'present', since: at } });
  orderRemoval(state, restoreId, lease);
  return true;
}

function orderRemoval(state: CatalogState, restoreId: RestoreId, { until, removeBy }: Lease): void {
  const restore = state.restores.get(restoreId);
  const command = state.commands.get(restoreId);
  if (restore === undefined || command === undefined) return;
  const fence = restore.fence + 1;
  state.restores.set(restoreId, { ...restore, fence, leaseUntil: until });
  state.commands.set(restoreId, {
    ...{ ...command, kind: 'remove-staged', fence },
    ...{ deadline: removeBy, notBefore: until },
  });
}
