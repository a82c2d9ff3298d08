import type { Caller } from '../../domain/access.ts';
import type { MountId, UploadId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { RetentionPlan } from '../../domain/retention/plan.ts';
import { type PolicySettings, parsePolicy } from '../../domain/retention/policy.ts';
import { monthlyUsd } from '../../domain/retention/storage-price.ts';
import { findMount } from '../access/find-owned.ts';
import { type GatherDependencies, type Gathered, gatherMount } from './gather.ts';
import { planGathered } from './make-plan.ts';

export interface RetentionPreview {
  readonly points: number;
  readonly wouldExpire: number;
  /** The first of them, oldest first. */
  readonly expire: readonly {
    readonly recoveryPointId: UploadId;
    readonly takenAt: Instant;
    readonly dueSince: Instant;
    readonly ownStoredBytes: number;
  }[];
  readonly wouldBringBack: number;
  /** What those points brought to the vault; what others of their bytes still use is not freed, so that it is a most. */
  readonly freesAtMostBytes: number;
  readonly savesAtMostUsdPerMonth: number;
  readonly stopped?: RetentionPlan['stopped'];
}

/** An answer has at most 6 MB. */
const maxListed = 1000;

/**
 * What a run would let go at this moment: by the mount's policy, or by one with other settings. Changes nothing.
 * Throws MOUNT_NOT_FOUND, POLICY_INVALID, CLOCK_SKEWED.
 */
export async function previewRetention(
  dependencies: GatherDependencies,
  caller: Caller,
  mountId: MountId,
  settings: Partial<PolicySettings>,
): Promise<RetentionPreview> {
  await findMount(dependencies.catalog, caller, mountId);
  const gathered = await gatherMount(dependencies, mountId);
  const { expire, policy } = gathered.mount;
  return present(
    gathered,
    planGathered({ ...gathered, policy: parsePolicy({ ...policy, expire, ...settings }) }),
  );
}

function present({ points, records }: Gathered, plan: RetentionPlan): RetentionPreview {
  const { expire, bringBack, stopped } = plan;
  const rows = expire.flatMap(({ recoveryPointId, dueSince }) => {
    const record = records.get(recoveryPointId);
    if (record === undefined) return [];
    const { takenAt, totals } = record;
    return [{ recoveryPointId, takenAt, dueSince, ownStoredBytes: totals.ownStoredBytes }];
  });
  const bytes = rows.reduce((sum, { ownStoredBytes }) => sum + ownStoredBytes, 0);
  return {
    points: points.length,
    wouldExpire: expire.length,
    expire: rows.slice(0, maxListed),
    wouldBringBack: bringBack.length,
    freesAtMostBytes: bytes,
    savesAtMostUsdPerMonth: monthlyUsd(bytes),
    ...(stopped && { stopped }),
  };
}
