import type { UploadId } from '../../domain/ids.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { clearInOrder } from '../../domain/retention/clear-in-order.ts';
import { type Clearance, isTooWide } from '../../domain/retention/clearance.ts';
import type { Gathered } from './gather.ts';

/**
 * What the next second decisions on the mount's points will be, from what has been gathered in any case: those whose undo
 * window is over, in the order in which reclaims find them. With `first`, what follows when that one has gone. Undefined where
 * nothing waits, or too much would have to be remembered.
 */
export function clearPending(gathered: Gathered, first?: UploadId): Clearance | undefined {
  const { mount, points, policy, circumstances, records, unchanged, databases, holds } = gathered;
  const waiting = [...records.values()]
    .filter((point) => point.recoveryPointId !== first && isOver(point, circumstances.now))
    .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
    .map(({ recoveryPointId }) => recoveryPointId);
  if (waiting.length === 0 || isTooWide({ databases, holds })) return undefined;
  const left = points.filter(({ recoveryPointId }) => recoveryPointId !== first);
  const cleared = clearInOrder(left, policy, circumstances, waiting);
  if (cleared.length === 0) return undefined;
  const { epoch, lineVersion, journal } = mount;
  const seen = { epoch, lineVersion, journalNumber: journal.number };
  return { ...seen, points: cleared, unchanged, databases, holds };
}

const isOver = ({ state, deletion }: RecoveryPoint, now: string): boolean =>
  state === 'pending-deletion' && deletion !== undefined && deletion.reclaimAfter <= now;

/** As the index of what is to be deleted has it. */
const placeOf = ({ deletion, recoveryPointId }: RecoveryPoint): string =>
  `${deletion?.reclaimAfter}#${recoveryPointId}`;
