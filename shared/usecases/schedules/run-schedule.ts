import type { Caller } from '../../domain/access.ts';
import type { RequestId, ScheduleId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import { afterMiss, afterRun, settleRun, waitFor } from '../../domain/schedule/arm-schedule.ts';
import { decideCatchUp, decideRun } from '../../domain/schedule/decide-run.ts';
import { requestIdOf } from '../../domain/schedule/run-id.ts';
import type { Schedule, ScheduledRun } from '../../domain/schedule/schedule.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { type RequestDependencies, requestBackup } from '../requests/request-backup.ts';

export interface RunDependencies extends Omit<RequestDependencies, 'catalog' | 'ids'> {
  readonly catalog: RequestDependencies['catalog'] & Pick<Catalog, 'schedules'>;
}

type RunOutcome = 'requested' | 'missed' | 'waiting' | 'nothing';

/** Each lost race is a change of the schedule, or another tick that did the same. */
const maxAttempts = 4;

/** Does what is due of one schedule: the request first, the note that it was made after it. */
export async function runSchedule(
  dependencies: RunDependencies,
  scheduleId: ScheduleId,
): Promise<RunOutcome> {
  const { catalog, clock } = dependencies;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const seen = await catalog.schedules.find(scheduleId);
    const now = clock.now();
    if (seen?.lookAt === undefined || seen.lookAt > now) return 'nothing';
    const { next, outcome } = await lookAt(dependencies, seen, now);
    if (next === seen || (await catalog.schedules.note(seen, next)) === 'noted') return outcome;
  }
  throw new ServiceError('INTERNAL', `schedule ${scheduleId} changes too often at once`);
}

interface Looked {
  readonly next: Schedule;
  readonly outcome: RunOutcome;
}

async function lookAt(dependencies: RunDependencies, schedule: Schedule, now: Instant): Promise<Looked> {
  const { nextAt, run } = schedule;
  const isTimeDue = nextAt !== undefined && nextAt <= now;
  const decision = isTimeDue ? decideRun(schedule, now) : await lookAtRun(dependencies, schedule, now);
  switch (decision.do) {
    case 'nothing':
      return { next: schedule, outcome: 'nothing' };
    case 'settle':
      return { next: settleRun(schedule), outcome: 'nothing' };
    case 'miss':
      return { next: afterMiss(schedule, decision, now), outcome: 'missed' };
    case 'request': {
      const requested = await makeRequest(dependencies, schedule, decision.run);
      if ('requestId' in requested) {
        return { next: afterRun(schedule, { ...decision.run, ...requested }, now), outcome: 'requested' };
      }
      // A run that was made once and is to be caught up keeps its alert: that of its request.
      const isNoted =
        schedule.waiting?.reason === requested.refused && schedule.waiting.dueAt === decision.run.dueAt;
      if (isNoted || run?.dueAt === decision.run.dueAt) return { next: schedule, outcome: 'waiting' };
      return { next: waitFor(schedule, decision.run.dueAt, requested.refused), outcome: 'waiting' };
    }
  }
}

async function lookAtRun({ catalog }: RunDependencies, schedule: Schedule, now: Instant) {
  const { run, storeId } = schedule;
  const request = run && (await catalog.requests.find(run.requestId));
  const store = await catalog.stores.find(storeId);
  return decideCatchUp(schedule, { request, storeSeenAt: store?.lastSeenAt, now });
}

/** The request of this time, which another tick may have made before; or why there cannot be one now. */
async function makeRequest(
  dependencies: RunDependencies,
  schedule: Schedule,
  run: Omit<ScheduledRun, 'requestId'>,
): Promise<{ readonly requestId: RequestId } | { readonly refused: string }> {
  const { catalog, workflows } = dependencies;
  const requestId = requestIdOf(schedule, run);
  const made = await catalog.requests.find(requestId);
  if (made !== undefined) {
    // A crash may have come between its record and its workflow.
    if (made.state === 'planned') await workflows.startRequest({ requestId });
    return { requestId };
  }
  const { scheduleId, mountId, database, content, order, expire, name } = schedule;
  const caller: Caller = { credentialId: scheduleId, role: 'operator' };
  try {
    await requestBackup({ ...dependencies, ids: { request: () => requestId } }, caller, {
      ...{ mountId, database, content, order, expire, name },
      windowEndsAt: run.windowEndsAt,
      schedule: { scheduleId, dueAt: run.dueAt },
    });
    return { requestId };
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code === 'INTERNAL') throw error;
    return { refused: `${error.code}: ${error.message}` };
  }
}
