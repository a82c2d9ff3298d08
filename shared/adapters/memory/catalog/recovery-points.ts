import type { RecoveryPoint } from '../../../domain/recovery-point.ts';
import type { RecoveryPointCatalog } from '../../../ports/catalog.ts';
import { describePointList } from '../../point-list.ts';
import { pageOf } from './page.ts';
import type { CatalogState } from './state.ts';

export const memoryRecoveryPoints = (state: CatalogState): RecoveryPointCatalog => ({
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

  async pins(recoveryPointId) {
    return [...(state.pins.get(recoveryPointId) ?? [])].sort();
  },
});
