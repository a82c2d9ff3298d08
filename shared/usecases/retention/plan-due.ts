import type { MountId } from '../../domain/ids.ts';
import { addMillis } from '../../domain/instant.ts';
import { ServiceError } from '../../errors.ts';
import { requireDeletionAllowed } from '../mounts/require-in-step.ts';
import { clearPending } from './clear-pending.ts';
import { noteNextDue } from './execute-plan.ts';
import { gatherMount } from './gather.ts';
import { planGathered } from './make-plan.ts';
import { storePlan } from './stored-plan.ts';
import type { ChangeDependencies } from './undelete-point.ts';

/** A stopped plan waits for a person: the next one is made a day later, unless something changes before. */
const stoppedMillis = 24 * 3_600_000;

export type DuePlan =
  | { readonly outcome: 'nothing' }
  | { readonly outcome: 'planned' | 'stopped'; readonly sha256: string };

/**
 * Makes the plan of a mount that is due. Nothing is stored where nothing is to be done; the mount is then due again when
 * something may be. Throws as `gatherMount`, MOUNT_DIVERGED, MOUNT_NOT_RECONCILED.
 */
export async function planDueMount(dependencies: ChangeDependencies, mountId: MountId): Promise<DuePlan> {
  const { catalog, clock } = dependencies;
  const mount = await catalog.mounts.find(mountId);
  if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${mountId}`);
  requireDeletionAllowed(mount);
  // What the index says is old: an earlier try of this run may have been here.
  if (mount.dueAt !== undefined && mount.dueAt > clock.now()) return { outcome: 'nothing' };
  const gathered = await gatherMount(dependencies, mountId);
  const plan = planGathered(gathered);
  if (plan.expire.length + plan.bringBack.length === 0) {
    await noteNextDue(dependencies, gathered);
    return { outcome: 'nothing' };
  }
  const { sha256 } = await storePlan(dependencies, plan);
  if (plan.stopped === undefined) return { outcome: 'planned', sha256 };
  await catalog.mounts.noteDue(gathered.mount, addMillis(plan.madeAt, stoppedMillis), clearPending(gathered));
  return { outcome: 'stopped', sha256 };
}
