import type { UploadId } from '../ids.ts';
import type { ProtectionReason } from './decision.ts';
import type { RetentionPoint } from './retention-point.ts';

/**
 * The points that other live points need: for each file that a database of a live point needs and its snapshot lacks, the
 * newest live point that has it. A point that is about to go still counts as one that needs: it can be brought back.
 */
export function dependantKeeps(
  points: readonly RetentionPoint[],
): ReadonlyMap<UploadId, readonly ProtectionReason[]> {
  const newestHolder = new Map<string, RetentionPoint>();
  for (const point of [...points].sort((a, b) => a.seq - b.seq)) {
    for (const file of point.holdsFiles) newestHolder.set(file, point);
  }
  const keeps = new Map<UploadId, ProtectionReason[]>();
  for (const { recoveryPointId: byPoint, databases } of points) {
    for (const { dbid, lacksFiles } of databases) {
      const byHolder = Map.groupBy(lacksFiles, (file) => newestHolder.get(file)?.recoveryPointId);
      for (const [holder, files] of byHolder) {
        if (holder === undefined || holder === byPoint) continue;
        keeps.set(holder, [...(keeps.get(holder) ?? []), { code: 'NEEDED', byPoint, dbid, files }]);
      }
    }
  }
  return keeps;
}
