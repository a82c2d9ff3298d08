import type * as z from 'zod';
import type { pollRequest } from '../../shared/contracts/poll.ts';
import type { SnapshotRecord } from '../journal/snapshot-records.ts';
import { reasonWithin } from '../service/reason.ts';
import type { SpaceReport } from './mount-space.ts';

/** What a poll tells of a mount. */
export type ReportedMount = z.input<typeof pollRequest>['mounts'][number];

type Figures = Partial<ReportedMount>;

/** As the contract takes it: one line of bounded length. Messages of errors may have several. */
export const reasonOf = (reason: string | undefined): Figures =>
  reason === undefined ? {} : { reason: reasonWithin(500, reason.replaceAll(/\p{Cc}+/gu, ' ')) };

/** What is not known stays away: a forecast of nothing would be read as one of never. */
export const spaceOf = ({ freeBytes, totalBytes, timeToFull }: SpaceReport): Figures => ({
  freeBytes,
  totalBytes,
  ...(timeToFull.kind === 'growing' && { timeToFullSeconds: timeToFull.secondsToFull }),
});

export function pendingOf(pending: readonly SnapshotRecord[]): Figures {
  const [oldest] = pending.map(({ requestedAt }) => requestedAt).sort();
  return { pendingSnapshots: pending.length, ...(oldest !== undefined && { oldestPendingAt: oldest }) };
}
