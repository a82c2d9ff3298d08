import type { Mount, StoreReport } from '../../../domain/mount.ts';
import { dueShardOf } from '../../../domain/retention/next-due.ts';
import type { MountCatalog } from '../../../ports/catalog/mounts.ts';
import { pageOf } from './page.ts';
import { type CatalogState, findClaimed, keepClaim, queueEntry } from './state.ts';

export const memoryMounts = (state: CatalogState): MountCatalog => ({
  async create(mount, entry, claim) {
    const claimed = findClaimed(state, claim);
    if (claimed !== undefined) return claimed;
    if (state.mounts.has(mount.mountId)) return { outcome: 'created' };
    const isNameTaken = [...state.mounts.values()].some(
      (other) => other.storeId === mount.storeId && other.name === mount.name && other.state !== 'gone',
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
    if (mount?.state === 'creating') state.mounts.set(mountId, { ...mount, state: 'ready' });
  },

  async change(mount, next, entry) {
    const { mountId } = mount;
    const current = state.mounts.get(mountId);
    if (current?.journal.number !== mount.journal.number || current.state !== mount.state) return 'conflict';
    if (next.state === 'gone' && current.openUploadId !== undefined) return 'conflict';
    const { quotaBytes: _quota, deletion: _deletion, policy: _policy, ...rest } = current;
    const { reconciliation: _reconciliation, retirement: _retirement, ...kept } = rest;
    const { expire, policy, maxPendingSnapshots, quotaBytes, deletion, dueAt } = next;
    const { reconciliation, retirement, dataKeys, backupEvery, coldThrough, strategies, orphans } = next;
    state.mounts.set(mountId, {
      ...kept,
      ...{ state: next.state, expire, maxPendingSnapshots },
      ...(policy !== undefined && { policy }),
      ...(dueAt !== undefined && { dueAt }),
      ...(quotaBytes !== undefined && { quotaBytes }),
      ...(backupEvery !== undefined && { backupEvery }),
      ...(strategies !== undefined && { strategies }),
      ...(deletion !== undefined && { deletion }),
      ...(reconciliation !== undefined && { reconciliation }),
      ...(retirement !== undefined && { retirement }),
      ...(dataKeys !== undefined && { dataKeys }),
      ...(coldThrough !== undefined && { coldThrough }),
      ...(orphans !== undefined && { orphans }),
      journal: { ...current.journal, number: entry.number, hash: entry.sha256 },
    });
    queueEntry(state, entry);
    return 'changed';
  },

  async noteDue({ mountId, lineVersion, journal }, dueAt, clearance) {
    const mount = state.mounts.get(mountId);
    if (mount?.lineVersion !== lineVersion || mount.journal.number !== journal.number) return 'conflict';
    state.mounts.set(mountId, { ...mount, dueAt, ...(clearance && { clearance }) });
    return 'noted';
  },

  async listDue(shard, until, page) {
    const rows = [...state.mounts.values()].filter(
      ({ mountId, dueAt }) => dueShardOf(mountId) === shard && dueAt !== undefined && dueAt <= until,
    );
    const keyOf = ({ dueAt, mountId }: Mount) => `${dueAt}#${mountId}`;
    return pageOf(rows, { name: `due mounts ${shard}`, keyOf }, page);
  },

  async orderSnapshot(mountId, order) {
    const mount = state.mounts.get(mountId);
    const { snapshotOrder: standing } = mount ?? {};
    const isBusy = standing?.state === 'ordered' && order.requestedAt < standing.deadline;
    if (mount === undefined || isBusy) return 'busy';
    state.mounts.set(mountId, { ...mount, snapshotOrder: order });
    return 'ordered';
  },

  async endSnapshotOrder(mountId, order) {
    const mount = state.mounts.get(mountId);
    const { snapshotOrder: standing } = mount ?? {};
    if (mount === undefined || standing?.commandId !== order.commandId) return 'refused';
    if (standing.state !== 'ordered') return 'refused';
    state.mounts.set(mountId, { ...mount, snapshotOrder: order });
    return 'noted';
  },

  async noteReport(mountId, report) {
    const mount = state.mounts.get(mountId);
    if (mount === undefined || (mount.storeReport && report.at < mount.storeReport.at)) return;
    state.mounts.set(mountId, { ...mount, storeReport: withoutUndefined(report) });
  },
});

/** As JSON and DynamoDB keep it. */
const withoutUndefined = (report: StoreReport): StoreReport => JSON.parse(JSON.stringify(report));
