import type { MountId, ScheduleId, UploadId } from '../ids.ts';
import { addMillis, type Instant } from '../instant.ts';
import type { RetentionDecision } from './decision.ts';

/** Stands for: nothing of the mount will ever be due by itself. */
export const neverDue = '9999-12-31T23:59:59.999Z' as Instant;

/** The index of due mounts is read by so many parts: one partition of DynamoDB would bound how many change at once. */
export const dueShards = 8;

/** The part that a mount or schedule is in: by the end of its ULID, which is random. */
export const dueShardOf = (id: MountId | ScheduleId): number =>
  [...id.slice(-4)].reduce((sum, letter) => sum * 31 + (letter.codePointAt(0) ?? 0), 0) % dueShards;

/** What has no date (a hold, a pin, the floor, another point's need) is looked at again after so long. */
const recheckMillis = 86_400_000;

/**
 * When a mount has to be looked at next: at the earliest time at which one of its available points may be let go, or a
 * pending one may be reclaimed. Whatever happens to the mount before then makes it due at once.
 */
export function nextDueAt(
  points: readonly {
    readonly recoveryPointId: UploadId;
    /** Of a pending point. */
    readonly reclaimAfter?: Instant;
  }[],
  decisions: ReadonlyMap<UploadId, RetentionDecision>,
  now: Instant,
): Instant {
  const times = points.map(({ recoveryPointId, reclaimAfter }) => {
    const decision = decisions.get(recoveryPointId);
    const free = decision === undefined ? now : freeAt(decision, now);
    if (reclaimAfter === undefined) return free;
    return reclaimAfter > free ? reclaimAfter : free;
  });
  return times.reduce((earliest, time) => (time < earliest ? time : earliest), neverDue);
}

function freeAt(decision: RetentionDecision, now: Instant): Instant {
  if (!decision.keep) return now;
  const times = decision.because.map((reason): Instant => {
    if (!('until' in reason)) return addMillis(now, recheckMillis);
    return reason.until === 'never' ? neverDue : reason.until;
  });
  return times.reduce((latest, time) => (time > latest ? time : latest), now);
}
