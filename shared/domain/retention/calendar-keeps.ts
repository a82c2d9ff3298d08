import { expiresAt } from '../expire.ts';
import type { UploadId } from '../ids.ts';
import type { Instant } from '../instant.ts';
import { periodOf } from './calendar.ts';
import type { PolicyReason } from './decision.ts';
import type { CalendarRule, RetentionPolicy } from './policy.ts';
import type { RetentionPoint } from './retention-point.ts';

/** A point that may stand for a period, by one of its two times. */
interface Dated {
  readonly point: RetentionPoint;
  readonly at: Instant;
}

/**
 * The points that the calendar keeps: of each period the last one, and for each database the last that it can be
 * restored from, so that a failed backup on the last evening does not cost the month.
 *
 * A point that was given its own expire, or whose deletion was asked for, stands for no period: the month must be kept by
 * one that stays. Both times of a point count: by the store's clock, which is what people call its time, and by the
 * service's, for a store whose clock is off must not lose a month by it.
 */
export function calendarKeeps(
  points: readonly RetentionPoint[],
  { keep, timeZone }: RetentionPolicy,
  now: Instant,
): ReadonlyMap<UploadId, readonly PolicyReason[]> {
  const keeps = new Map<UploadId, PolicyReason[]>();
  const candidates = points.filter(
    ({ expire, deletionRequested }) => expire === undefined && !deletionRequested,
  );
  for (const rule of keep) {
    for (const timed of [byTakenAt(candidates), byCommittedAt(candidates)]) {
      for (const [period, inPeriod] of groupByPeriod(timed, rule, timeZone)) {
        for (const { point, dbid } of standFor(inPeriod)) {
          const until = expiresAt(point.committedAt, rule.stays);
          if (until !== 'never' && until <= now) continue;
          const reason: PolicyReason = {
            ...{ code: 'LAST_OF_PERIOD', each: rule.each, period, until },
            ...(dbid !== undefined && { dbid }),
          };
          addOnce(keeps, point.recoveryPointId, reason);
        }
      }
    }
  }
  return keeps;
}

const byTakenAt = (points: readonly RetentionPoint[]): Dated[] =>
  points
    .map((point) => ({ point, at: point.takenAt }))
    .sort((a, b) => (a.at === b.at ? a.point.seq - b.point.seq : a.at < b.at ? -1 : 1));

const byCommittedAt = (points: readonly RetentionPoint[]): Dated[] =>
  points.map((point) => ({ point, at: point.committedAt })).sort((a, b) => a.point.seq - b.point.seq);

function groupByPeriod(
  timed: readonly Dated[],
  { each }: CalendarRule,
  timeZone: string,
): ReadonlyMap<string, readonly RetentionPoint[]> {
  return new Map(
    Object.entries(Object.groupBy(timed, ({ at }) => periodOf(at, each, timeZone))).map(
      ([period, dated = []]) => [period, dated.map(({ point }) => point)],
    ),
  );
}

/** Who stands for a period, of its points in order. A damaged point does so only where there is no other. */
function standFor(
  inPeriod: readonly RetentionPoint[],
): { readonly point: RetentionPoint; readonly dbid?: string }[] {
  const sound = inPeriod.filter(({ isDamaged }) => !isDamaged);
  const last = sound.at(-1) ?? inPeriod.at(-1);
  if (last === undefined) return [];
  const dbids = new Set(sound.flatMap(({ databases }) => databases.map(({ dbid }) => dbid)));
  const lastUsable = [...dbids].flatMap((dbid) => {
    const point = sound.findLast(({ databases }) =>
      databases.some((database) => database.dbid === dbid && database.recoverable === 'yes'),
    );
    return point === undefined || point === last ? [] : [{ point, dbid }];
  });
  return [{ point: last }, ...lastUsable];
}

function addOnce(keeps: Map<UploadId, PolicyReason[]>, id: UploadId, reason: PolicyReason): void {
  const known = keeps.get(id) ?? [];
  const text = JSON.stringify(reason);
  if (known.every((other) => JSON.stringify(other) !== text)) keeps.set(id, [...known, reason]);
}
