import type { Mount } from '../../shared/domain/mount.ts';
import type { RetentionPlan } from '../../shared/domain/retention/plan.ts';
import type { PlanNote } from '../../shared/domain/retention/plan-note.ts';
import { withDefaults } from '../../shared/domain/retention/policy.ts';

/** A mount's policy with the defaults that hold. */
export const presentPolicy = ({ mountId, expire, policy }: Mount) => ({
  mountId,
  ...withDefaults({ ...policy, expire }),
});

/** A stored plan, as the API shows it. */
export const presentPlan = ({ plan, note }: { readonly plan: RetentionPlan; readonly note: PlanNote }) => ({
  ...note,
  expire: plan.expire,
  bringBack: plan.bringBack,
});
