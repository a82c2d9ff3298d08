import { type Instant, toMillis } from './instant.ts';
import type { RecoveryPoint } from './recovery-point.ts';

/** Severities of a check, in monitoring's words. */
export const ageStatuses = ['OK', 'WARNING', 'CRITICAL'] as const;
export type AgeStatus = (typeof ageStatuses)[number];

/** Ages in milliseconds; at its threshold an age has reached it. */
export interface AgeThresholds {
  readonly warning: number;
  readonly critical: number;
}

/**
 * When the backup of a point was certainly there: a store whose clock is fast must not make old backups look new, so its time
 * counts only up to the commit by the service's clock.
 */
export const backedUpAt = ({ takenAt, committedAt }: RecoveryPoint): Instant =>
  takenAt < committedAt ? takenAt : committedAt;

/** How old what `at` says is, never negative. */
export const ageOf = (at: Instant, now: Instant): number => Math.max(0, toMillis(now) - toMillis(at));

/** No backup at all is as bad as one that is too old. */
export function judgeAge(ageMillis: number | undefined, { warning, critical }: AgeThresholds): AgeStatus {
  if (ageMillis === undefined || ageMillis >= critical) return 'CRITICAL';
  return ageMillis >= warning ? 'WARNING' : 'OK';
}
