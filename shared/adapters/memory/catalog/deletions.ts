import type { UploadId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/instant.ts';
import type { JournalEntry } from '../../../domain/journal.ts';
import type { Mount } from '../../../domain/mount.ts';
import { isLive, type RecoveryPoint } from '../../../domain/recovery-point.ts';
import type { RecoveryPointCatalog } from '../../../ports/catalog/recovery-points.ts';
import { pageOf } from './page.ts';
import { type CatalogState, queueEntry } from './state.ts';

type Deletions = Pick<
  RecoveryPointCatalog,
  'line' | 'markForDeletion' | 'undelete' | 'changeExpire' | 'changeDamage'
>;

/** What retention does with points. */
export const memoryDeletions = (state: CatalogState): Deletions => ({
  async line({ mountId, lineFrom = 1 }, page) {
    const points = [...state.recoveryPoints.values()].filter(
      (point) => point.mountId === mountId && point.seq >= lineFrom,
    );
    const keyOf = ({ seq }: RecoveryPoint) => String(seq).padStart(12, '0');
    const { items, ...rest } = pageOf(points, { name: `line of ${mountId}`, keyOf }, page);
    const pinsOf = (id: UploadId) => [...(state.pins.get(id) ?? [])].sort();
    return { items: items.map((point) => ({ point, pins: pinsOf(point.recoveryPointId) })), ...rest };
  },

  async markForDeletion(mount, recoveryPointId, { deletion, expiries, unchanged, entry }) {
    const point = state.recoveryPoints.get(recoveryPointId);
    const isAsRead = unchanged.every(
      ({ mountId, lineVersion }) => state.mounts.get(mountId)?.lineVersion === lineVersion,
    );
    const isPinned = (state.pins.get(recoveryPointId)?.size ?? 0) > 0;
    if (point?.mountId !== mount.mountId || point.state !== 'available') return 'conflict';
    if (!isAsRead || isPinned || !advanceMount(state, mount, entry, { expiries })) return 'conflict';
    state.recoveryPoints.set(recoveryPointId, { ...point, state: 'pending-deletion', deletion });
    return 'changed';
  },

  async undelete(mount, recoveryPointId, { own, dueAt, entry }) {
    const point = state.recoveryPoints.get(recoveryPointId);
    if (point?.mountId !== mount.mountId || point.state !== 'pending-deletion') return 'conflict';
    if (!advanceMount(state, mount, entry, { dueAt })) return 'conflict';
    const { deletion: _, ...kept } = point;
    state.recoveryPoints.set(recoveryPointId, { ...kept, state: 'available', ...own });
    return 'changed';
  },

  async changeExpire(mount, recoveryPointId, { own, dueAt, entry }) {
    const point = state.recoveryPoints.get(recoveryPointId);
    if (point?.mountId !== mount.mountId || !isLive(point.state)) return 'conflict';
    if (!advanceMount(state, mount, entry, { dueAt })) return 'conflict';
    state.recoveryPoints.set(recoveryPointId, { ...point, ...own });
    return 'changed';
  },

  async changeDamage(mount, recoveryPointId, { damage, dueAt, entry }) {
    const point = state.recoveryPoints.get(recoveryPointId);
    if (point?.mountId !== mount.mountId || !isLive(point.state)) return 'conflict';
    if (!advanceMount(state, mount, entry, { dueAt })) return 'conflict';
    const { damage: _, ...whole } = point;
    state.recoveryPoints.set(recoveryPointId, { ...whole, ...(damage && { damage }) });
    return 'changed';
  },
});

/** Raises line and journal of a mount that stands as it was read; false when it does not. */
export function advanceMount(
  state: CatalogState,
  { mountId, lineVersion, journal }: Mount,
  entry: JournalEntry,
  fields: { readonly dueAt?: Instant; readonly expiries?: NonNullable<Mount['expiries']> } = {},
): boolean {
  const current = state.mounts.get(mountId);
  if (current?.lineVersion !== lineVersion || current.journal.number !== journal.number) return false;
  state.mounts.set(mountId, {
    ...current,
    ...fields,
    lineVersion: lineVersion + 1,
    journal: { ...current.journal, number: entry.number, hash: entry.sha256 },
  });
  queueEntry(state, entry);
  return true;
}
