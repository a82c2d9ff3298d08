import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../../../domain/instant.ts';
import { isLive, type RecoveryPoint } from '../../../domain/recovery-point.ts';
import type { RecoveryPointCatalog } from '../../../ports/catalog/recovery-points.ts';
import { pageOf } from './page.ts';
import { type CatalogState, queueEntry } from './state.ts';

type Reclaims = Pick<
  RecoveryPointCatalog,
  'neighbours' | 'listDeleting' | 'beginReclaim' | 'noteBlocked' | 'endReclaim'
>;

/** The end of points: from pending to reclaiming and to their tombstones. */
export const memoryReclaims = (state: CatalogState): Reclaims => ({
  async neighbours({ mountId, lineFrom = 0 }, seq) {
    const live = [...state.recoveryPoints.values()]
      .filter((point) => point.mountId === mountId && isLive(point.state) && lineFrom <= point.seq)
      .sort((one, other) => one.seq - other.seq);
    const previous = live.findLast((point) => point.seq < seq);
    const next = live.find((point) => point.seq > seq);
    return { ...(previous && { previous }), ...(next && { next }) };
  },

  async listDeleting(dueBy, page) {
    const rows = [...state.recoveryPoints.values()].flatMap((point) => {
      const at = deletingAt(point);
      return at !== undefined && at <= dueBy ? [{ at, point }] : [];
    });
    const keyOf = ({ at, point }: (typeof rows)[number]) => `${at}#${point.recoveryPointId}`;
    const { items, ...rest } = pageOf(rows, { name: 'deleting', keyOf }, page);
    return { items: items.map(({ point }) => point), ...rest };
  },

  async beginReclaim(mount, { recoveryPointId }, change) {
    const { deletion, urlUntil, headId, lineFrom, unchanged, entry, clearance } = change;
    const point = state.recoveryPoints.get(recoveryPointId);
    const current = state.mounts.get(mount.mountId);
    const { reclaim: _, ...marked } = deletion;
    const isPointAsRead =
      point?.mountId === mount.mountId &&
      point.state === 'pending-deletion' &&
      isDeepStrictEqual(point.deletion, marked) &&
      (state.pins.get(recoveryPointId)?.size ?? 0) === 0 &&
      state.uploads.get(recoveryPointId)?.urlUntil === urlUntil;
    const isLineAsRead =
      current?.lineVersion === mount.lineVersion &&
      current.epoch === mount.epoch &&
      current.journal.number === entry.number - 1 &&
      unchanged.every(({ mountId, lineVersion }) => state.mounts.get(mountId)?.lineVersion === lineVersion);
    if (!isPointAsRead || !isLineAsRead) return 'conflict';
    state.recoveryPoints.set(recoveryPointId, { ...point, state: 'reclaiming', deletion });
    const { headId: __, clearance: ___, ...kept } = current;
    state.mounts.set(mount.mountId, {
      ...kept,
      ...(clearance && { clearance }),
      ...(headId && { headId }),
      ...(lineFrom !== undefined && { lineFrom }),
      lineVersion: current.lineVersion + 1,
      journal: { ...current.journal, number: entry.number, hash: entry.sha256 },
    });
    queueEntry(state, entry);
    return 'changed';
  },

  async noteBlocked({ recoveryPointId }, until) {
    const point = state.recoveryPoints.get(recoveryPointId);
    if (point?.state !== 'reclaiming' || point.deletion === undefined) return;
    const deletion = { ...point.deletion, blockedUntil: until };
    state.recoveryPoints.set(recoveryPointId, { ...point, deletion });
  },

  async endReclaim({ mountId }, { recoveryPointId }, { goneAt, entry, clearance }) {
    const point = state.recoveryPoints.get(recoveryPointId);
    const mount = state.mounts.get(mountId);
    if (point?.state !== 'reclaiming' || point.deletion === undefined) return 'conflict';
    if (mount?.journal.number !== entry.number - 1) return 'conflict';
    const { blockedUntil: _, ...deletion } = point.deletion;
    state.recoveryPoints.set(recoveryPointId, {
      ...point,
      state: 'tombstone',
      deletion: { ...deletion, goneAt },
    });
    const journal = { ...mount.journal, number: entry.number, hash: entry.sha256 };
    const lineVersion = mount.lineVersion + 1;
    state.mounts.set(mountId, { ...mount, lineVersion, journal, ...(clearance && { clearance }) });
    queueEntry(state, entry);
    return 'changed';
  },
});

/** When a point's data may go. */
function deletingAt({ state, deletion }: RecoveryPoint): Instant | undefined {
  if (deletion === undefined) return undefined;
  if (state === 'pending-deletion') return deletion.reclaimAfter;
  return state === 'reclaiming' ? (deletion.blockedUntil ?? deletion.reclaimAfter) : undefined;
}
