import type { Caller } from '../../domain/access.ts';
import { childrenOf } from '../../domain/choose-parent.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { explainDecision } from '../../domain/retention/explain.ts';
import { ServiceError } from '../../errors.ts';
import { findRecoveryPoint } from '../access/find-owned.ts';
import { deletePoint } from './delete-point.ts';
import { decideGathered, type Gathered, gatherMount } from './gather.ts';
import type { ChangeDependencies } from './undelete-point.ts';

/**
 * Marks a point for deletion with all that was made as incrementals on it, newest first; where one of them is protected, none is
 * touched. A run that was cut off leaves a chain that ends earlier, and the same call goes on with it. Each can be brought back until
 * its undo window ends. Throws RECOVERY_POINT_NOT_FOUND, RECOVERY_POINT_PROTECTED, RECOVERY_POINT_STATE_CONFLICT.
 */
export async function deleteWithChildren(
  dependencies: ChangeDependencies,
  caller: Caller,
  recoveryPointId: UploadId,
): Promise<RecoveryPoint> {
  const { mountId } = await findRecoveryPoint(dependencies.catalog, caller, recoveryPointId);
  const gathered = await gatherMount(dependencies, mountId);
  const doomed = withDescendants(recoveryPointId, [...gathered.records.values()]);
  requireUnprotected(gathered, doomed, caller);
  for (const { recoveryPointId: id } of doomed) await deletePoint(dependencies, caller, id);
  return findRecoveryPoint(dependencies.catalog, caller, recoveryPointId);
}

/** Children before their parents: what is cut off in between is a chain that ends earlier. */
function withDescendants(id: UploadId, points: readonly RecoveryPoint[]): RecoveryPoint[] {
  const own = points.filter(({ recoveryPointId }) => recoveryPointId === id);
  const later = childrenOf(id, points).flatMap((child) => withDescendants(child.recoveryPointId, points));
  return [...later.sort((one, other) => other.seq - one.seq), ...own];
}

function requireUnprotected(gathered: Gathered, doomed: readonly RecoveryPoint[], caller: Caller): void {
  const ids = new Set(doomed.map(({ recoveryPointId }) => recoveryPointId));
  const { points, circumstances } = gathered;
  const deletionRequested = { by: caller.credentialId, at: circumstances.now };
  const asked = points.map((point) =>
    ids.has(point.recoveryPointId) ? { ...point, deletionRequested } : point,
  );
  const decisions = decideGathered({ ...gathered, points: asked });
  const why = [...ids].flatMap((id) => {
    const decision = decisions.get(id);
    return decision?.keep ? [`${id} stays. ${explainDecision(decision, true).join(' ')}`] : [];
  });
  if (why.length === 0) return;
  throw new ServiceError('RECOVERY_POINT_PROTECTED', `nothing was deleted: ${why.join(' ')}`, {
    details: { why },
  });
}
