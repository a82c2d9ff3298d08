import type { MountId } from '../../domain/ids.ts';
import { planRetention, type RetentionPlan } from '../../domain/retention/plan.ts';
import type { PlanNote } from '../../domain/retention/plan-note.ts';
import { countRecent } from '../../domain/retention/share.ts';
import { type Gathered, gatherMount } from './gather.ts';
import { storePlan } from './stored-plan.ts';
import type { ChangeDependencies } from './undelete-point.ts';

/** What the mount's policy comes to at this moment, as a list. */
export const planGathered = ({ mount, points, policy, circumstances }: Gathered): RetentionPlan =>
  planRetention({
    ...{ mount, points, policy, circumstances },
    alreadyExpired: countRecent(mount.expiries ?? [], circumstances.now),
  });

/** Makes and stores a plan for a mount. Throws as `gatherMount`. */
export async function makePlan(
  dependencies: ChangeDependencies,
  mountId: MountId,
): Promise<{ readonly plan: RetentionPlan; readonly note: PlanNote }> {
  const plan = planGathered(await gatherMount(dependencies, mountId));
  return { plan, note: await storePlan(dependencies, plan) };
}
