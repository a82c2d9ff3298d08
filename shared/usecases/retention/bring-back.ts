import type { UploadId } from '../../domain/ids.ts';
import { isAskedFor } from '../../domain/retention/decision.ts';
import { entryFor } from './change-line.ts';
import { decideGathered, type GatherDependencies, type Gathered, gatherMount } from './gather.ts';
import type { MarkOutcome } from './mark-point.ts';

const maxAttempts = 8;

/** Brings back what the policy let go and would keep today, if that still is so. */
export async function bringBack(
  dependencies: GatherDependencies,
  first: Gathered,
  recoveryPointId: UploadId,
): Promise<{ readonly gathered: Gathered; readonly result: MarkOutcome }> {
  const { catalog, clock } = dependencies;
  let gathered = first;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const { mount, records } = gathered;
    const point = records.get(recoveryPointId);
    const left = (why: string) => ({ gathered, result: { outcome: 'left' as const, why: [why] } });
    if (point === undefined) return left('It is no longer there.');
    if (point.state === 'available') return { gathered, result: { outcome: 'was-marked' } };
    if (point.deletion && isAskedFor(point.deletion.because)) return left('Somebody asked for its deletion.');
    if (decideGathered(gathered).get(recoveryPointId)?.keep !== true) return left('It is due again.');
    const at = clock.now();
    const entry = entryFor(mount, { at, kind: 'recovery-point-undeleted', data: { recoveryPointId } });
    const outcome = await catalog.recoveryPoints.undelete(mount, recoveryPointId, { dueAt: at, entry });
    // Rare, and the line is another one now: read it again for what comes next.
    gathered = await gatherMount(dependencies, mount.mountId);
    if (outcome === 'changed') return { gathered, result: { outcome: 'marked' } };
  }
  return { gathered, result: { outcome: 'left', why: ['The mount changes too often at once.'] } };
}
