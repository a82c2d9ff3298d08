import type { Caller } from '../../domain/access.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { RecoveryPointState } from '../../domain/recovery-point.ts';
import { explainDecision } from '../../domain/retention/explain.ts';
import { findRecoveryPoint } from '../access/find-owned.ts';
import { decideGathered, type GatherDependencies, gatherMount } from './gather.ts';

export interface Explanation {
  readonly recoveryPointId: UploadId;
  readonly state: RecoveryPointState;
  /** What the next run would do with it; absent where nothing is to be decided any more. */
  readonly decision?: 'keep' | 'expire';
  readonly reasons: readonly { readonly code: string; readonly text: string }[];
  /** Of a point that waits for its deletion. */
  readonly reclaimAfter?: Instant;
}

/** Why a point stays, or goes, as things stand. Throws RECOVERY_POINT_NOT_FOUND, CLOCK_SKEWED. */
export async function explainPoint(
  dependencies: GatherDependencies,
  caller: Caller,
  recoveryPointId: UploadId,
): Promise<Explanation> {
  const point = await findRecoveryPoint(dependencies.catalog, caller, recoveryPointId);
  const gathered = await gatherMount(dependencies, point.mountId);
  const decision = decideGathered(gathered).get(recoveryPointId);
  const { state, deletion } = gathered.records.get(recoveryPointId) ?? point;
  if (decision === undefined) {
    const text = 'Its data is being deleted, or is gone: nothing brings it back.';
    return { recoveryPointId, state, reasons: [{ code: 'RECLAIMED', text }] };
  }
  const codes = decision.keep ? decision.because.map(({ code }) => code) : [decision.because.code];
  const texts = explainDecision(decision, gathered.circumstances.hadLogs);
  return {
    ...{ recoveryPointId, state, decision: decision.keep ? 'keep' : 'expire' },
    // What is said beyond the reasons is said of the mount.
    reasons: texts.map((text, index) => ({ code: codes[index] ?? 'NO_LOGS', text })),
    ...(deletion && { reclaimAfter: deletion.reclaimAfter }),
  };
}
