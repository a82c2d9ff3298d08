import type { MountId } from '../ids.ts';
import type { Instant } from '../instant.ts';
import type { RetentionPlan } from './plan.ts';

/** What the catalog says of a plan; the plan itself lies in the vault, under its hash. */
export interface PlanNote {
  readonly mountId: MountId;
  readonly sha256: string;
  readonly madeAt: Instant;
  /** How many points it lets go, and how many it brings back. */
  readonly expire: number;
  readonly bringBack: number;
  readonly stopped?: NonNullable<RetentionPlan['stopped']>;
  /** Who let a stopped plan go on nevertheless. */
  readonly consent?: { readonly by: string; readonly at: Instant };
}

export const noteOf = (
  { mountId, madeAt, expire, bringBack, stopped }: RetentionPlan,
  sha256: string,
): PlanNote => ({
  ...{ mountId, sha256, madeAt, expire: expire.length, bringBack: bringBack.length },
  ...(stopped && { stopped }),
});
