import { pinOf, type Restore, restoreEndStates } from '../../../domain/restore.ts';
import type { RestoreCatalog } from '../../../ports/catalog/restores.ts';
import { pageOf } from './page.ts';
import { beginLease, memoryStagedFiles } from './staged-files.ts';
import { type CatalogState, findClaimed, keepClaim, pinsOf } from './state.ts';

export const memoryRestores = (state: CatalogState): RestoreCatalog => ({
  ...memoryStagedFiles(state),

  async nextJobId() {
    state.jobIds += 1;
    return state.jobIds;
  },

  async create(restore, claim) {
    const claimed = findClaimed(state, claim);
    if (claimed !== undefined) return claimed;
    if (state.restores.has(restore.restoreId)) return { outcome: 'created' };
    if (state.mounts.get(restore.mountId)?.diverged !== undefined) return { outcome: 'mount-diverged' };
    const point = state.recoveryPoints.get(restore.recoveryPointId);
    if (point?.state !== 'available') return { outcome: 'point-not-available' };
    state.restores.set(restore.restoreId, restore);
    pinsOf(state, point.recoveryPointId).add(pinOf(restore));
    keepClaim(state, claim);
    return { outcome: 'created' };
  },

  async find(restoreId) {
    return state.restores.get(restoreId);
  },

  async list({ mountId }, page) {
    const rows = [...state.restores.values()].filter(
      (restore) => mountId === undefined || restore.mountId === mountId,
    );
    const name = mountId === undefined ? 'restores' : `restores of ${mountId}`;
    return pageOf(rows, { name, keyOf: ({ restoreId }) => restoreId, isDescending: true }, page);
  },

  async listRunning(page) {
    const rows = [...state.restores.values()].filter((restore) => !hasEnded(restore));
    return pageOf(rows, { name: 'running restores', keyOf: ({ restoreId }) => restoreId }, page);
  },

  async handOver({ restoreId, fence: readFence }, taskToken, { fence, ...command }) {
    const restore = state.restores.get(restoreId);
    const isAsRead = restore?.fence === readFence && readFence === fence - 1;
    if (restore === undefined || hasEnded(restore) || !isAsRead) return 'refused';
    const { commandId } = command;
    state.restores.set(restoreId, { ...restore, state: 'handed-over', fence, taskToken, commandId });
    state.commands.set(restoreId, { ...command, fence });
    return 'handed-over';
  },

  async noteProgress(restoreId, fence, progress, at) {
    const restore = state.restores.get(restoreId);
    const isRunning = restore?.state === 'handed-over' || restore?.state === 'staging';
    if (restore === undefined || !isRunning || restore.fence !== fence) return 'refused';
    const isLate = restore.reportedAt !== undefined && at < restore.reportedAt;
    if (!isLate) state.restores.set(restoreId, { ...restore, state: 'staging', progress, reportedAt: at });
    return 'noted';
  },

  async noteThaw(restoreId, fence, thaw) {
    const restore = state.restores.get(restoreId);
    if (restore === undefined || hasEnded(restore) || restore.fence !== fence) return 'refused';
    state.restores.set(restoreId, { ...restore, state: 'thawing', thaw });
    return 'noted';
  },

  async noteDamage(restoreId, fence, damage) {
    const restore = state.restores.get(restoreId);
    if (restore === undefined || hasEnded(restore) || restore.fence !== fence) return 'refused';
    state.restores.set(restoreId, { ...restore, damage });
    return 'noted';
  },

  async end({ restoreId }, { state: endState, at: endedAt, reason, progress, damage, lease }) {
    const restore = state.restores.get(restoreId);
    if (restore === undefined || hasEnded(restore)) return 'already-ended';
    state.restores.set(restoreId, {
      ...restore,
      state: endState,
      endedAt,
      ...(reason !== undefined && { reason }),
      ...(progress !== undefined && { progress }),
      ...(damage !== undefined && { damage }),
    });
    const isLeased = lease !== undefined && beginLease(state, restoreId, { ...lease, at: endedAt });
    if (!isLeased) state.commands.delete(restoreId);
    if (!isLeased || restore.clone === undefined) {
      pinsOf(state, restore.recoveryPointId).delete(pinOf(restore));
    }
    return 'ended';
  },

  async commandsFor(storeId) {
    return [...state.commands.values()]
      .filter((command) => command.storeId === storeId)
      .sort((a, b) => (a.commandId < b.commandId ? -1 : 1));
  },
});

const hasEnded = ({ state }: Restore): boolean => restoreEndStates.some((end) => end === state);
