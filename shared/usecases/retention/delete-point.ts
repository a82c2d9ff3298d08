import type { Caller } from '../../domain/access.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import type { RetentionPlan } from '../../domain/retention/plan.ts';
import { ServiceError } from '../../errors.ts';
import { findRecoveryPoint } from '../access/find-owned.ts';
import { requireJournalStored } from '../journal/require-journal-stored.ts';
import { type Gathered, gatherMount } from './gather.ts';
import { markPoint } from './mark-point.ts';
import { storePlan } from './stored-plan.ts';
import type { ChangeDependencies } from './undelete-point.ts';

/**
 * Marks one point for deletion because somebody asks for it: the policy is set aside, what protects a point is not. It can be
 * brought back until its undo window ends. Again changes nothing. Throws RECOVERY_POINT_NOT_FOUND, RECOVERY_POINT_PROTECTED
 * with the reasons, RECOVERY_POINT_STATE_CONFLICT.
 */
export async function deletePoint(
  dependencies: ChangeDependencies,
  caller: Caller,
  recoveryPointId: UploadId,
): Promise<RecoveryPoint> {
  const { catalog } = dependencies;
  const by = caller.credentialId;
  const { mountId } = await findRecoveryPoint(catalog, caller, recoveryPointId);
  const gathered = await gatherMount(dependencies, mountId);
  const point = gathered.records.get(recoveryPointId);
  if (point === undefined) {
    throw new ServiceError(
      'RECOVERY_POINT_STATE_CONFLICT',
      `recovery point ${recoveryPointId} is being reclaimed or gone`,
    );
  }
  let journalNumber = gathered.mount.journal.number;
  if (point.state === 'available') {
    // Nothing is deleted that no plan names.
    const { sha256: planSha256 } = await storePlan(dependencies, planOf(gathered, point, by));
    const order = { recoveryPointId, planSha256, requestedBy: by, isConsented: false };
    const marked = await markPoint(dependencies, gathered, order);
    // Another request for the same may have been quicker.
    const isPending = marked.gathered.records.get(recoveryPointId)?.state === 'pending-deletion';
    if (marked.result.outcome === 'left' && !isPending) throw refusal(recoveryPointId, marked.result.why);
    journalNumber = marked.gathered.mount.journal.number;
  }
  await requireJournalStored(dependencies, mountId, journalNumber);
  return findRecoveryPoint(catalog, caller, recoveryPointId);
}

function planOf({ mount, policy, circumstances }: Gathered, point: RecoveryPoint, by: string): RetentionPlan {
  const { mountId, epoch, lineVersion } = mount;
  const { recoveryPointId, seq } = point;
  const { now: madeAt } = circumstances;
  const because = { code: 'DELETED', by } as const;
  return {
    ...{ version: 1, mountId, epoch, lineVersion, madeAt, policy },
    expire: [{ recoveryPointId, seq, dueSince: madeAt, because }],
    bringBack: [],
  };
}

const refusal = (recoveryPointId: UploadId, why: readonly string[]) =>
  new ServiceError('RECOVERY_POINT_PROTECTED', `recovery point ${recoveryPointId} stays. ${why.join(' ')}`, {
    details: { why },
  });
