import { expiresAt } from '../expire.ts';
import type { UploadId } from '../ids.ts';
import type { Instant } from '../instant.ts';
import { calendarKeeps } from './calendar-keeps.ts';
import {
  isProtection,
  type KeepReason,
  type ProtectionReason,
  type RetentionDecision,
  retirement,
} from './decision.ts';
import { dependantKeeps } from './dependants.ts';
import { floorKeeps } from './floor.ts';
import type { RetentionPolicy } from './policy.ts';
import type { RetentionPoint } from './retention-point.ts';

export interface RetentionCircumstances {
  /** The earlier of the clocks that are trusted. */
  readonly now: Instant;
  /** Some point of the mount had a log at some time, tombstones included. */
  readonly hadLogs: boolean;
  /** The mount is being retired: every point is due, and the floor holds no more. */
  readonly isRetiring?: boolean;
  /** Live points of other mounts with databases of this one. */
  readonly elsewhere?: readonly RetentionPoint[];
}

/**
 * Decides on every live point of a mount. The one place where that is done: preview, explanation, plan and both
 * transitions of a deletion ask here. `points` are all live points, in any order; the result has a decision for each.
 */
export function decideRetention(
  points: readonly RetentionPoint[],
  policy: RetentionPolicy,
  { now, hadLogs, isRetiring = false, elsewhere = [] }: RetentionCircumstances,
): ReadonlyMap<UploadId, RetentionDecision> {
  const calendar = calendarKeeps(points, policy, now);
  const floor = isRetiring ? new Map<UploadId, ProtectionReason[]>() : floorKeeps(points, policy.floor);
  // In a retired mount those that need others go before these. But what nobody knows holds nothing back then, or two that may
  // need each other would stay for ever; unless somebody wants to have the one that is in doubt.
  const isWanted = (point: RetentionPoint) => ownProtections(point, now).length > 0;
  const unsure = isRetiring ? new Set([...elsewhere, ...points.filter(isWanted)]) : undefined;
  const needed = dependantKeeps(points, elsewhere, unsure);
  return new Map(
    points.map((point) => {
      const { recoveryPointId: id } = point;
      const due = dueOf(point, policy);
      const isDue = due.since !== 'never' && due.since <= now;
      const reasons: readonly KeepReason[] = [
        ...(isDue ? [] : [{ code: 'NOT_DUE', until: due.since, expireOf: due.expireOf } as const]),
        ...(calendar.get(id) ?? []),
        ...(hadLogs && point.log === 'missing' ? [{ code: 'LOG_MISSING' } as const] : []),
        ...ownProtections(point, now),
        ...(floor.get(id) ?? []),
        ...(needed.get(id) ?? []),
      ];
      return [id, decide(point, reasons, due, { now, isRetiring })];
    }),
  );
}

interface Due {
  readonly since: Instant | 'never';
  readonly expireOf: 'point' | 'mount';
}

/** Counted by the service's clock. */
const dueOf = ({ committedAt, expire }: RetentionPoint, policy: RetentionPolicy): Due => ({
  since: expiresAt(committedAt, expire ?? policy.expire),
  expireOf: expire === undefined ? 'mount' : 'point',
});

function ownProtections(
  { holds, lockedUntil, pins, databases }: RetentionPoint,
  now: Instant,
): ProtectionReason[] {
  return [
    ...(holds.length > 0 ? [{ code: 'HELD', holds } as const] : []),
    ...(lockedUntil !== undefined && lockedUntil > now
      ? [{ code: 'LOCKED', until: lockedUntil } as const]
      : []),
    ...(pins.length > 0 ? [{ code: 'PINNED', pins } as const] : []),
    ...databases.flatMap(({ dbid, tooManyMounts: mounts }) =>
      mounts === undefined ? [] : [{ code: 'SPREAD', dbid, mounts } as const],
    ),
  ];
}

function decide(
  { deletionRequested }: RetentionPoint,
  reasons: readonly KeepReason[],
  due: Due,
  { now, isRetiring }: { readonly now: Instant; readonly isRetiring: boolean },
): RetentionDecision {
  // The policy speaks where nobody has: a request and a retirement are told only what stands against everybody.
  const isOrdered = deletionRequested !== undefined || isRetiring;
  const because = isOrdered ? reasons.filter(isProtection) : reasons;
  if (because.length > 0) return { keep: true, because };
  if (deletionRequested !== undefined) {
    const { at, by } = deletionRequested;
    return { keep: false, dueSince: at, because: { code: 'DELETED', by } };
  }
  if (isRetiring) return { keep: false, dueSince: now, because: { code: 'DELETED', by: retirement } };
  // Without a reason NOT_DUE it has a date, and the date is past.
  const dueSince = due.since === 'never' ? now : due.since;
  return { keep: false, dueSince, because: { code: 'EXPIRED', expireOf: due.expireOf } };
}
