import type { ShownSchedule } from './find-schedule.ts';

/** What each backup of a schedule is. */
export function describeOrder({ content, order }: Pick<ShownSchedule, 'content' | 'order'>): string {
  if (content === 'archived-logs') return 'archived logs';
  if (order === undefined) return 'as its strategy says';
  if ('incremental' in order) return 'incremental';
  return order.level === 0 ? 'full' : `level ${order.level}`;
}

/** What became of its newest time. */
export function describeLast({ run, missed, waiting, lastRequest }: ShownSchedule): string | undefined {
  if (waiting !== undefined) return `waiting since ${waiting.since}: ${waiting.reason}`;
  if (missed !== undefined) return `missed at ${missed.dueAt}: ${missed.reason}`;
  if (run === undefined) return undefined;
  const late = run.kind === 'late' ? ', caught up' : '';
  if (lastRequest === undefined) return `requested for ${run.dueAt}${late}`;
  const { state, deadline, reason } = lastRequest;
  const until = state === 'waiting' ? ` for its store until ${deadline}` : '';
  return `${state}${until} (${run.dueAt}${late})${reason === undefined ? '' : `: ${reason}`}`;
}

/** A schedule in lines for people. */
export function describeSchedule(schedule: ShownSchedule): string[] {
  const { scheduleId, name, database, enabled, cron, timeZone, nextAt, expire, window, catchUp, run } =
    schedule;
  const next = nextAt === undefined ? 'none' : nextAt;
  const last = describeLast(schedule);
  return [
    `${scheduleId} ${name}: ${describeOrder(schedule)} of ${database}, ${enabled ? 'enabled' : 'disabled'}`,
    `  ${cron} in ${timeZone}; next ${next}`,
    `  window ${window}, catch-up ${catchUp}${expire === undefined ? '' : `, expire ${expire}`}`,
    ...schedule.blackouts.map((blackout) => {
      const days = blackout.kind === 'weekly' && blackout.weekdays ? `${blackout.weekdays.join(',')} ` : '';
      return `  no backup begins ${days}${blackout.from} to ${blackout.to}`;
    }),
    ...(last === undefined ? [] : [`  last: ${last}`]),
    ...(run === undefined ? [] : [`  holdfast request show ${run.requestId}`]),
    ...(enabled ? [] : [`  holdfast schedule enable ${scheduleId}`]),
  ];
}
