import type { Mount } from '../../../domain/mount.ts';
import type { CatalogRebuild } from '../../../ports/catalog/rebuild.ts';
import type { CatalogState } from './state.ts';

export const memoryRebuild = (state: CatalogState): CatalogRebuild => ({
  async addStore(store) {
    if (state.stores.has(store.storeId)) return;
    const isTaken = [...state.stores.values()].some(({ name }) => name === store.name);
    const name = isTaken ? `${store.name} (${store.storeId})` : store.name;
    state.stores.set(store.storeId, { ...store, name });
  },

  async claimMount(seen, at) {
    const mount = state.mounts.get(seen.mountId);
    if (mount === undefined || !isAsRead(mount, seen)) return 'conflict';
    const diverged = mount.diverged ?? { number: mount.journal.number + 1, at };
    const claimed = { ...mount, diverged, lineVersion: mount.lineVersion + 1 };
    state.mounts.set(mount.mountId, claimed);
    return claimed;
  },

  async replaceMount({ mount, points, uploads, holds, schedules }, pending, claimed) {
    const { mountId } = mount;
    const isOfMount = (item: { readonly mountId: string }) => item.mountId === mountId;
    const earlier = state.mounts.get(mountId);
    if (!isAsRead(earlier, claimed)) return 'conflict';
    for (const point of [...state.recoveryPoints.values()].filter(isOfMount)) {
      state.recoveryPoints.delete(point.recoveryPointId);
      state.pins.delete(point.recoveryPointId);
    }
    for (const { uploadId } of [...state.uploads.values()].filter(isOfMount)) state.uploads.delete(uploadId);
    for (const key of [...state.heldMounts.keys()].filter((each) => each.startsWith(`${mountId} `))) {
      state.heldMounts.delete(key);
    }
    for (const point of points) state.recoveryPoints.set(point.recoveryPointId, point);
    for (const upload of uploads) state.uploads.set(upload.uploadId, upload);
    for (const hold of holds) {
      state.heldMounts.set(`${mountId} ${hold.holdId}`, hold);
      if (!state.holds.has(hold.holdId)) state.holds.set(hold.holdId, hold);
    }
    for (const { scheduleId } of [...state.schedules.values()].filter(isOfMount)) {
      state.schedules.delete(scheduleId);
    }
    for (const schedule of schedules) state.schedules.set(schedule.scheduleId, schedule);
    state.outbox.set(mountId, [...pending]);
    state.mounts.set(mountId, {
      ...mount,
      fence: Math.max(mount.fence, earlier?.fence ?? 0),
      lineVersion: Math.max(mount.lineVersion, (earlier?.lineVersion ?? 0) + 1),
    });
    return 'replaced';
  },

  async raiseJobIds(above) {
    state.jobIds = Math.max(state.jobIds, above);
  },
});

const isAsRead = (mount: Mount | undefined, read: Mount | undefined): boolean =>
  mount?.epoch === read?.epoch &&
  mount?.lineVersion === read?.lineVersion &&
  mount?.journal.hash === read?.journal.hash;
