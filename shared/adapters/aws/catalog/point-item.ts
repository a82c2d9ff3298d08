import type { Instant } from '../../../domain/instant.ts';
import type { RecoveryPoint } from '../../../domain/recovery-point.ts';

/** A point as the table holds it. */
export type PointItem = RecoveryPoint & {
  readonly listedMountId?: RecoveryPoint['mountId'];
  readonly pins?: string[];
  readonly deletingList?: 'deleting';
  readonly deletingPlace?: string;
};

/** Without what only the table needs. */
export function toPoint({
  listedMountId: _,
  pins: __,
  deletingList: ___,
  deletingPlace: ____,
  ...point
}: PointItem): RecoveryPoint {
  return point;
}

/** Where a point stands in the index of what has to go: to be set with every mark, and removed with every undelete. */
export const deletingAt = (recoveryPointId: RecoveryPoint['recoveryPointId'], at: Instant) => ({
  deletingList: 'deleting' as const,
  deletingPlace: `${at}#${recoveryPointId}`,
});
