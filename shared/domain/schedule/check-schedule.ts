import { ServiceError } from '../../errors.ts';
import { requireClearExpire } from '../administration/backup-expire.ts';
import type { RequestContent } from '../backup-request.ts';
import { parseExpire } from '../expire.ts';
import type { Instant } from '../instant.ts';
import { requireBlackout } from './blackout.ts';
import { readCron } from './cron.ts';
import type { ScheduleDefinition } from './schedule.ts';
import { nextTime } from './times.ts';
import { requireTimeZone } from './wall-time.ts';

/** The service looks every five minutes, and a backup of the datafiles is no small thing. */
const shortestGapMinutes: Readonly<Record<RequestContent, number>> = { database: 60, 'archived-logs': 15 };

const minuteMillis = 60_000;
const dayMillis = 86_400_000;
const shortestWindowMillis = 15 * minuteMillis;
/** Whoever waits for longer than a week has another schedule in mind. */
const longestMillis = 7 * dayMillis;

type Rules = Pick<
  ScheduleDefinition,
  'content' | 'order' | 'expire' | 'cron' | 'timeZone' | 'window' | 'catchUp' | 'blackouts'
>;

const invalid = (why: string, details: Readonly<Record<string, unknown>>) =>
  new ServiceError('SCHEDULE_INVALID', why, { details });

/**
 * The rules of a schedule in the form in which they are kept. Throws SCHEDULE_INVALID and EXPIRE_INVALID, which say what is wrong: also
 * for one that would never run, or oftener than it may.
 */
export function checkSchedule<T extends Rules>(schedule: T, now: Instant): T {
  const { content, order, expire, window, catchUp, blackouts } = schedule;
  if (content === 'archived-logs' && order !== undefined) {
    throw invalid('archived logs alone have no level', { order });
  }
  if (expire !== undefined) requireClearExpire(expire);
  const cron = readCron(schedule.cron);
  const least = shortestGapMinutes[content];
  if (cron.shortestGapMinutes < least) {
    throw invalid(
      `cron "${schedule.cron}" runs every ${cron.shortestGapMinutes} minutes: ${content === 'database' ? 'a database is' : 'archived logs are'} backed up every ${least} minutes at most`,
      { cron: schedule.cron },
    );
  }
  const windowMillis = readLength('window', window);
  if (windowMillis < shortestWindowMillis)
    throw invalid(`window "${window}" is shorter than 15 minutes`, { window });
  if (catchUp !== 'skip' && readLength('catchUp', catchUp) < windowMillis) {
    throw invalid(`catchUp "${catchUp}" ends within the window of "${window}": make it longer, or skip`, {
      catchUp,
    });
  }
  blackouts.forEach(requireBlackout);
  const timeZone = requireTimeZone(schedule.timeZone);
  const checked = { ...schedule, cron: cron.text, timeZone };
  if (nextTime({ ...checked, blackouts: [] }, now) === undefined) {
    throw invalid(`cron "${schedule.cron}" names a date that there never is`, { cron: schedule.cron });
  }
  if (nextTime(checked, now) === undefined) {
    throw invalid(`cron "${schedule.cron}" runs in its blackouts only: no backup would ever begin`, {
      blackouts,
    });
  }
  return checked;
}

/** A day; nothing where the window is as long already. */
export const defaultCatchUp = (window: string): string =>
  (lengthOf(window) ?? 0) < dayMillis ? '1d' : 'skip';

function readLength(title: string, text: string): number {
  const millis = lengthOf(text);
  if (millis === undefined)
    throw invalid(`${title} "${text}" is no length such as "6h" or "1d 12h"`, { [title]: text });
  if (millis > longestMillis)
    throw invalid(`${title} "${text}" is longer than seven days`, { [title]: text });
  return millis;
}

function lengthOf(text: string): number | undefined {
  try {
    const millis = parseExpire(text);
    return millis === 'never' ? undefined : millis;
  } catch {
    return undefined;
  }
}
