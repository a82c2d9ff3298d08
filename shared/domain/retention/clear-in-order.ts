import type { UploadId } from '../ids.ts';
import { decideRetention, type RetentionCircumstances } from './decide-retention.ts';
import type { RetentionPolicy } from './policy.ts';
import type { RetentionPoint } from './retention-point.ts';

/** Each is a decision on the whole line: what is left over, the next look takes up. */
const mostPoints = 20;

/** Those of `candidates` that may go one after the other, as things stand. */
export function clearInOrder(
  points: readonly RetentionPoint[],
  policy: RetentionPolicy,
  circumstances: RetentionCircumstances,
  candidates: readonly UploadId[],
): readonly UploadId[] {
  const cleared: UploadId[] = [];
  let left = points;
  for (const id of candidates) {
    if (cleared.length === mostPoints) break;
    // What stays, stays in the line for those behind it.
    if (decideRetention(left, policy, circumstances).get(id)?.keep !== false) continue;
    cleared.push(id);
    left = left.filter(({ recoveryPointId }) => recoveryPointId !== id);
  }
  return cleared;
}
