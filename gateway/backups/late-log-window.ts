import { addMillis, type Instant } from '../../shared/domain/instant.ts';
import type { SnapshotRecord } from '../journal/snapshot-records.ts';

/** What the service takes for one recovery point; for one more nothing would be gained by keeping it. */
export const maxLateLogs = 20;
/** The service counts from the commit, which comes after the PUT: what is taken here is not too late there. */
const windowMillis = 7 * 24 * 3_600_000;

/**
 * Whether logs that come after the PUT can belong to its snapshot: it is waiting for its upload, however long, or has
 * become a recovery point not long ago. One that failed never becomes one.
 */
export function takesLateLog(
  newest: Pick<SnapshotRecord, 'frozenAt' | 'reason' | 'requestedAt' | 'state'> | undefined,
  now: Instant,
): boolean {
  if (!newest || newest.reason !== null || newest.state === 'freezing') return false;
  if (newest.state === 'frozen' || newest.state === 'uploading') return true;
  return addMillis(newest.frozenAt ?? newest.requestedAt, windowMillis) >= now;
}
