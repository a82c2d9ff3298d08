import { ServiceError } from '../../../errors.ts';
import type { JournalOutbox } from '../../../ports/catalog/outbox.ts';
import type { CatalogState } from './state.ts';

export const memoryOutbox = (state: CatalogState): JournalOutbox => ({
  async pending(mountId, limit) {
    return (state.outbox.get(mountId) ?? []).slice(0, limit);
  },

  async markStored({ mountId, number, sha256 }) {
    const mount = state.mounts.get(mountId);
    if (mount !== undefined && number <= mount.journal.stored) return;
    const [first, ...rest] = state.outbox.get(mountId) ?? [];
    if (mount === undefined || first?.number !== number || first.sha256 !== sha256) {
      throw new ServiceError('INTERNAL', `entry ${number} is not the next in the outbox of mount ${mountId}`);
    }
    state.outbox.set(mountId, rest);
    state.mounts.set(mountId, { ...mount, journal: { ...mount.journal, stored: number } });
  },

  async markDiverged(mountId, diverged) {
    const mount = state.mounts.get(mountId);
    if (mount === undefined || mount.diverged !== undefined) return;
    state.mounts.set(mountId, { ...mount, diverged, lineVersion: mount.lineVersion + 1 });
  },
});
