import type { HoldId, MountId, UploadId } from '../ids.ts';
import type { Instant } from '../instant.ts';
import type { RecoveryPoint } from '../recovery-point.ts';

/** A named reason that forbids deletion until it is lifted. */
export interface Hold {
  readonly holdId: HoldId;
  readonly target: HoldTarget;
  readonly reason: string;
  readonly placedBy: string;
  readonly placedAt: Instant;
  /** Kept for the record; it holds no more. */
  readonly lifted?: { readonly at: Instant; readonly by: string };
}

/** What it protects. A time span is one of times by the store's clock (`takenAt`), the end exclusive; open where absent. */
export type HoldTarget =
  | { readonly kind: 'point'; readonly recoveryPointId: UploadId; readonly mountId: MountId }
  | { readonly kind: 'mount'; readonly mountId: MountId; readonly from?: Instant; readonly before?: Instant }
  /** Every point with files of the database, on whatever mount. */
  | {
      readonly kind: 'database';
      readonly databaseId: string;
      readonly from?: Instant;
      readonly before?: Instant;
    };

/** Whether the hold protects a point; `dbids` are the databases that it has files of, `unknown` where it may be any. */
export function isHeldBy(
  { target }: Hold,
  point: Pick<RecoveryPoint, 'recoveryPointId' | 'mountId' | 'takenAt' | 'committedAt'>,
  dbids: readonly string[] | 'unknown',
): boolean {
  switch (target.kind) {
    case 'point':
      return target.recoveryPointId === point.recoveryPointId;
    case 'mount':
      return target.mountId === point.mountId && isInSpan(target, point);
    case 'database':
      return (dbids === 'unknown' || dbids.includes(target.databaseId)) && isInSpan(target, point);
  }
}

/** By either of its times: the clock of a store may be off, and a hold shall rather hold too much. */
const isInSpan = (
  { from, before }: { readonly from?: Instant; readonly before?: Instant },
  { takenAt, committedAt }: Pick<RecoveryPoint, 'takenAt' | 'committedAt'>,
): boolean =>
  [takenAt, committedAt].some(
    (at) => (from === undefined || from <= at) && (before === undefined || at < before),
  );
