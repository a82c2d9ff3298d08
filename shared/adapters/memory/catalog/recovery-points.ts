import { isDeepStrictEqual } from 'node:util';
import { laterOf } from '../../../domain/instant.ts';
import { isLive, type RecoveryPoint } from '../../../domain/recovery-point.ts';
import type { RecoveryPointCatalog } from '../../../ports/catalog/recovery-points.ts';
import { describePointList } from '../../point-list.ts';
import { memoryDeletions } from './deletions.ts';
import { pageOf } from './page.ts';
import { memoryReclaims } from './reclaim.ts';
import { type CatalogState, queueEntry } from './state.ts';

export const memoryRecoveryPoints = (state: CatalogState): RecoveryPointCatalog => ({
  ...memoryDeletions(state),

  ...memoryReclaims(state),

  async find(recoveryPointId) {
    return state.recoveryPoints.get(recoveryPointId);
  },

  async list(filter, page) {
    const { mountId, takenFrom, takenBefore, order } = filter;
    const rows = [...state.recoveryPoints.values()].filter(
      (point) =>
        point.mountId === mountId &&
        point.state !== 'tombstone' &&
        (takenFrom === undefined || takenFrom <= point.takenAt) &&
        (takenBefore === undefined || point.takenAt < takenBefore),
    );
    const keyOf = ({ takenAt, recoveryPointId }: RecoveryPoint) => `${takenAt}#${recoveryPointId}`;
    const isDescending = order !== 'oldest-first';
    return pageOf(rows, { name: describePointList(filter), keyOf, isDescending }, page);
  },

  async addLateLog({ mountId, journal, lineVersion: expected }, recoveryPointId, { row, urlUntil, entry }) {
    const mount = state.mounts.get(mountId);
    const point = state.recoveryPoints.get(recoveryPointId);
    const upload = state.uploads.get(recoveryPointId);
    if (mount?.lineVersion !== expected) return 'conflict';
    if (mount.journal.number !== journal.number || point?.mountId !== mountId) return 'conflict';
    if (upload === undefined || !isLive(point.state)) return 'conflict';
    const others = (point.lateLogs ?? []).filter((each) => each.number !== row.number);
    state.recoveryPoints.set(recoveryPointId, { ...point, lateLogs: [...others, row] });
    state.uploads.set(recoveryPointId, { ...upload, urlUntil: laterOf(upload.urlUntil, urlUntil) });
    const { number, sha256: hash } = entry;
    const { lineVersion } = mount;
    state.mounts.set(mountId, {
      ...mount,
      lineVersion: lineVersion + 1,
      journal: { ...mount.journal, number, hash },
    });
    queueEntry(state, entry);
    return 'added';
  },

  async changeFileMap({ recoveryPointId, mountId, fileMap }, next, entry) {
    const point = state.recoveryPoints.get(recoveryPointId);
    const mount = state.mounts.get(mountId);
    if (point === undefined || !isDeepStrictEqual(point.fileMap, fileMap)) return 'conflict';
    if (mount?.journal.number !== entry.number - 1) return 'conflict';
    const { judgement: _, ...rest } = point;
    state.recoveryPoints.set(recoveryPointId, { ...rest, ...next });
    const journal = { ...mount.journal, number: entry.number, hash: entry.sha256 };
    state.mounts.set(mountId, { ...mount, journal, lineVersion: mount.lineVersion + 1 });
    queueEntry(state, entry);
    return 'changed';
  },

  async pins(recoveryPointId) {
    return [...(state.pins.get(recoveryPointId) ?? [])].sort();
  },
});
