import { type BackupRequest, hasEnded } from '../backup-request.ts';
import { parseExpire } from '../expire.ts';
import { addMillis, type Instant, laterOf } from '../instant.ts';
import { endBeforeBlackout, isBlackedOut } from './blackout.ts';
import type { Schedule, ScheduledRun } from './schedule.ts';
import { lastTime } from './times.ts';

/** What a look at a schedule comes to. */
export type RunDecision =
  | { readonly do: 'nothing' }
  | { readonly do: 'request'; readonly run: Omit<ScheduledRun, 'requestId'> }
  | { readonly do: 'miss'; readonly dueAt: Instant; readonly reason: string };

/** A length that was checked when the schedule was made. */
const millisOf = (length: string): number => {
  const millis = parseExpire(length);
  return millis === 'never' ? 0 : millis;
};

/** Until when a missed time is caught up. */
const catchUpUntil = ({ catchUp }: Pick<Schedule, 'catchUp'>, dueAt: Instant): Instant =>
  catchUp === 'skip' ? dueAt : addMillis(dueAt, millisOf(catchUp));

/**
 * What is to be done about the times that have come. Of any number that passed at once only the last counts: within its window it is made
 * on time; after that it is caught up as long as the rule says, never within a blackout; then it is missed.
 */
export function decideRun(schedule: Schedule, now: Instant): RunDecision {
  const { nextAt, enabled, waiting } = schedule;
  if (!enabled || nextAt === undefined || nextAt > now) return { do: 'nothing' };
  const windowMillis = millisOf(schedule.window);
  // Whatever is older is missed by any rule: a service that was away for a year, or whose clock is wrong, reckons no longer for it.
  const horizon = Math.max(windowMillis, schedule.catchUp === 'skip' ? 0 : millisOf(schedule.catchUp));
  const dueAt = lastTime(schedule, laterOf(nextAt, addMillis(now, -horizon)), now);
  if (dueAt === undefined) return { do: 'miss', dueAt: nextAt, reason: 'the service was away' };
  const windowEndsAt = endBeforeBlackout(schedule, dueAt, addMillis(dueAt, windowMillis));
  if (now < windowEndsAt) return { do: 'request', run: { dueAt, kind: 'on-time', windowEndsAt } };
  const until = catchUpUntil(schedule, dueAt);
  if (now < until) return decideLate(schedule, dueAt, { now, until });
  const reason = waiting?.dueAt === dueAt ? waiting.reason : 'the service was away';
  return { do: 'miss', dueAt, reason };
}

/**
 * Whether the newest run, for which nobody came within its window, is made again: its store never took it, and has been heard of since.
 * A run that was taken and failed is no missed one.
 */
export function decideCatchUp(
  schedule: Schedule,
  {
    request,
    storeSeenAt,
    now,
  }: { request: BackupRequest | undefined; storeSeenAt: Instant | undefined; now: Instant },
): RunDecision | { readonly do: 'settle' } {
  const { run, enabled } = schedule;
  if (run === undefined || run.kind === 'late' || !enabled || request === undefined) return { do: 'settle' };
  const until = catchUpUntil(schedule, run.dueAt);
  const wasTaken = request.startedAt !== undefined || request.reportedAt !== undefined;
  if (wasTaken || now >= until) return { do: 'settle' };
  if (!hasEnded(request)) return { do: 'nothing' };
  if (request.state !== 'failed') return { do: 'settle' };
  const isBack = storeSeenAt !== undefined && storeSeenAt > (request.endedAt ?? run.windowEndsAt);
  return isBack ? decideLate(schedule, run.dueAt, { now, until }) : { do: 'nothing' };
}

function decideLate(
  schedule: Schedule,
  dueAt: Instant,
  { now, until }: { readonly now: Instant; readonly until: Instant },
): RunDecision {
  if (isBlackedOut(schedule.blackouts, schedule.timeZone, now)) return { do: 'nothing' };
  return {
    do: 'request',
    run: { dueAt, kind: 'late', windowEndsAt: endBeforeBlackout(schedule, now, until) },
  };
}
