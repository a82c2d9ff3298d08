import { createHash } from 'node:crypto';
import { encodeTime } from 'ulid';
import type { RequestId } from '../ids.ts';
import { toMillis } from '../instant.ts';
import type { Schedule, ScheduledRun } from './schedule.ts';

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * The id of the request for one time of a schedule: always the same, so that whoever makes it again makes it once. It is a ULID of the time
 * that it was due, which the names of backups show.
 */
export function requestIdOf(
  { scheduleId }: Pick<Schedule, 'scheduleId'>,
  { dueAt, kind }: Omit<ScheduledRun, 'requestId'>,
): RequestId {
  const hash = createHash('sha256').update(`${scheduleId} ${dueAt} ${kind}`).digest();
  const random = [...hash.subarray(0, 16)].map((byte) => crockford[byte % 32]).join('');
  // What is caught up is newer than what was on time: lists are in the order of ids.
  const millis = toMillis(dueAt) + (kind === 'late' ? 1 : 0);
  return `bkr-${encodeTime(millis)}${random}` as RequestId;
}
