import { addMillis, type Instant, toInstant, toMillis } from '../instant.ts';
import type { RetentionPolicy } from './policy.ts';

/** How many points of a mount expired by its policy in one hour. */
export interface ExpiryCount {
  readonly hour: Instant;
  readonly points: number;
}

const hourMillis = 3_600_000;

/** Hours of which a part lies within the last 24 hours count wholly: the limit rather holds a little longer. */
const isRecent = ({ hour }: ExpiryCount, now: Instant): boolean => hour > addMillis(now, -25 * hourMillis);

/** How many expired in the last 24 hours. */
export const countRecent = (counts: readonly ExpiryCount[], now: Instant): number =>
  counts.filter((count) => isRecent(count, now)).reduce((sum, { points }) => sum + points, 0);

/** The counts after one more expired; older hours are left out, so that there are at most 26. */
export function countExpiry(counts: readonly ExpiryCount[], now: Instant): readonly ExpiryCount[] {
  const hour = toInstant(Math.floor(toMillis(now) / hourMillis) * hourMillis);
  const others = counts.filter((count) => count.hour !== hour && isRecent(count, now));
  const points = (counts.find((count) => count.hour === hour)?.points ?? 0) + 1;
  return [...others, { hour, points }];
}

/**
 * How many points may expire within 24 hours: a share of those that were there at their beginning. One a day at least,
 * else a mount of three points could never let one go.
 */
export const allowedExpiries = (
  { maxExpiredShare }: RetentionPolicy,
  availablePoints: number,
  alreadyExpired: number,
): number => Math.max(1, Math.floor(maxExpiredShare * (availablePoints + alreadyExpired)));
