import { type Instant, toMillis } from './instant.ts';
import type { StoreReport } from './mount.ts';

/**
 * How old kept figures of free space may become while nothing else changes. What a report costs: a poll every 30 s makes
 * 2880 requests a day; of these an idle mount writes 288 reports, 8,640 a month, of at most 2 units (the mount and its
 * entry in the listing index): 17,280 units at $0.625 a million are $0.011 for each mount. Writing each poll's report
 * would be $0.11. All an idle gateway costs a month, with three mounts: API Gateway $0.09, Lambda and authorizer $0.08,
 * some ten reads a poll $0.11, the notes of the poll itself $0.16, logs $0.09, reports $0.03: $0.56, below $1.
 */
const figuresMillis = 5 * 60_000;

/**
 * Whether a new report is worth a write: at once when something changed that somebody may wait for or act on, and every
 * few minutes for figures that change all the time.
 */
export function isWorthKeeping(kept: StoreReport | undefined, next: StoreReport): boolean {
  if (kept === undefined) return true;
  const isChanged =
    tellingFields.some((field) => kept[field] !== next[field]) ||
    kept.keptPoints?.join() !== next.keptPoints?.join();
  return isChanged || ageMillis(kept.at, next.at) >= figuresMillis;
}

const tellingFields = [
  'state',
  'reason',
  'exportState',
  'pendingSnapshots',
  'oldestPendingAt',
  'backupStartedAt',
  'quotaBytes',
  'exportPath',
] as const satisfies readonly (keyof StoreReport)[];

const ageMillis = (from: Instant, to: Instant): number => toMillis(to) - toMillis(from);
