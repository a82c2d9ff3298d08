import type { Instant } from '../instant.ts';
import type { Schedule, ScheduledRun } from './schedule.ts';
import { longestGap, nextTime } from './times.ts';

/** Looks at the next times of a schedule that is new, or whose times were changed: nothing that was due before counts any more. */
export function armSchedule(schedule: Schedule, now: Instant): Schedule {
  const disarmed = disarmSchedule(schedule);
  const nextAt = nextTime(schedule, now);
  if (!schedule.enabled || nextAt === undefined) return disarmed;
  // Nobody waits for archived logs alone.
  const gap = schedule.content === 'database' ? longestGap(schedule, now) : undefined;
  return { ...disarmed, nextAt, lookAt: nextAt, ...(gap !== undefined && { longestGapMillis: gap }) };
}

function disarmSchedule(schedule: Schedule): Schedule {
  const { nextAt: _, lookAt: __, longestGapMillis: ___, waiting: ____, missed: _____, ...rest } = schedule;
  return rest;
}

/** A request was made: what was due up to now is dealt with. A run that nobody may come for is looked at again when its window ends. */
export function afterRun(schedule: Schedule, run: ScheduledRun, now: Instant): Schedule {
  const { waiting: _, missed: __, ...rest } = onward(schedule, now);
  const { nextAt } = rest;
  const mayBeCaughtUp = run.kind === 'on-time' && schedule.catchUp !== 'skip';
  const looks = [...(nextAt ? [nextAt] : []), ...(mayBeCaughtUp ? [run.windowEndsAt] : [])].sort();
  const [lookAt] = looks;
  return { ...rest, run, ...(lookAt !== undefined && { lookAt }) };
}

/** The time that is due is left out, for good. */
export function afterMiss(
  schedule: Schedule,
  missed: { dueAt: Instant; reason: string },
  now: Instant,
): Schedule {
  const { waiting: _, ...rest } = onward(schedule, now);
  return { ...rest, missed: { ...missed, at: now } };
}

/** Nobody has to look after the newest run any more. */
export function settleRun(schedule: Schedule): Schedule {
  const { lookAt: _, ...rest } = schedule;
  return { ...rest, ...(rest.nextAt !== undefined && { lookAt: rest.nextAt }) };
}

/** The time that is due has no request yet, for this reason. */
export function waitFor(schedule: Schedule, dueAt: Instant, reason: string): Schedule {
  return { ...schedule, waiting: { dueAt, since: schedule.waiting?.since ?? dueAt, reason } };
}

function onward(schedule: Schedule, now: Instant): Schedule {
  const { nextAt, lookAt: _, ...rest } = schedule;
  // A run that is caught up leaves the times to come as they are.
  const next = nextAt !== undefined && nextAt > now ? nextAt : nextTime(schedule, now);
  return { ...rest, ...(next !== undefined && { nextAt: next, lookAt: next }) };
}
