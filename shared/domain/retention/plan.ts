import { createHash } from 'node:crypto';
import type { MountId, UploadId } from '../ids.ts';
import type { Instant } from '../instant.ts';
import { decideRetention, type RetentionCircumstances } from './decide-retention.ts';
import type { ExpireReason } from './decision.ts';
import type { RetentionPolicy } from './policy.ts';
import type { RetentionPoint } from './retention-point.ts';
import { allowedExpiries } from './share.ts';

/** What one run may do with the points of a mount, and nothing else. */
export interface RetentionPlan {
  readonly version: 1;
  readonly mountId: MountId;
  readonly epoch: number;
  /** Of the mount when the plan was made. A point is judged again when its turn comes: the line may have moved on. */
  readonly lineVersion: number;
  readonly madeAt: Instant;
  readonly policy: RetentionPolicy;
  /** Available points that become pending, oldest first. */
  readonly expire: readonly PlannedExpiry[];
  /** Points that the policy let go and would keep today: they become available again. */
  readonly bringBack: readonly UploadId[];
  /** Set when so many at once need a person's consent: nothing of the plan is carried out without it. */
  readonly stopped?: {
    readonly code: 'SHARE_EXCEEDED';
    readonly wouldExpire: number;
    /** In the 24 hours before. */
    readonly alreadyExpired: number;
    readonly allowed: number;
  };
}

export interface PlannedExpiry {
  readonly recoveryPointId: UploadId;
  readonly seq: number;
  readonly dueSince: Instant;
  readonly because: ExpireReason;
}

export interface PlanInput {
  readonly mount: { readonly mountId: MountId; readonly epoch: number; readonly lineVersion: number };
  /** All live points. */
  readonly points: readonly RetentionPoint[];
  readonly policy: RetentionPolicy;
  readonly circumstances: RetentionCircumstances;
  /** How many points of the mount expired by its policy in the last 24 hours. */
  readonly alreadyExpired: number;
}

/** What `decideRetention` says of every point, as a list to be stored and carried out. */
export function planRetention({
  mount,
  points,
  policy,
  circumstances,
  alreadyExpired,
}: PlanInput): RetentionPlan {
  const decisions = decideRetention(points, policy, circumstances);
  const inOrder = [...points].sort((a, b) => a.seq - b.seq);
  const expire = inOrder.flatMap(({ recoveryPointId, seq, state }): PlannedExpiry[] => {
    const decision = decisions.get(recoveryPointId);
    if (state !== 'available' || decision === undefined || decision.keep) return [];
    return [{ recoveryPointId, seq, dueSince: decision.dueSince, because: decision.because }];
  });
  const bringBack = inOrder
    .filter(({ state, deletionRequested }) => state === 'pending-deletion' && deletionRequested === undefined)
    .map(({ recoveryPointId }) => recoveryPointId)
    .filter((id) => decisions.get(id)?.keep);
  const available = points.filter(({ state }) => state === 'available').length;
  const allowed = allowedExpiries(policy, available, alreadyExpired) - alreadyExpired;
  const isOrdered = circumstances.isRetiring === true;
  return {
    version: 1,
    ...{ mountId: mount.mountId, epoch: mount.epoch, lineVersion: mount.lineVersion },
    madeAt: circumstances.now,
    ...{ policy, expire, bringBack },
    ...(!isOrdered &&
      expire.length > Math.max(0, allowed) && {
        stopped: {
          ...{ code: 'SHARE_EXCEEDED', wouldExpire: expire.length },
          ...{ alreadyExpired, allowed: Math.max(0, allowed) },
        } as const,
      }),
  };
}

/** SHA-256 (hex) of a plan: what is carried out is what was shown. Plans are made of ordered fields only. */
export const hashPlan = (plan: RetentionPlan): string =>
  createHash('sha256').update(JSON.stringify(plan)).digest('hex');
