import type { Caller } from '../../domain/access.ts';
import type { MountId } from '../../domain/ids.ts';
import type { PlanNote } from '../../domain/retention/plan-note.ts';
import { ServiceError } from '../../errors.ts';
import { findMount } from '../access/find-owned.ts';
import { requireJournalStored } from '../journal/require-journal-stored.ts';
import { changeLine, entryFor } from './change-line.ts';
import { findPlan } from './stored-plan.ts';
import type { ChangeDependencies } from './undelete-point.ts';

/**
 * An admin lets a plan go on that was stopped by the share of a day: this plan, by its hash, and no other. Who consents
 * does not carry it out. Again keeps the first. Throws MOUNT_NOT_FOUND, PLAN_NOT_FOUND, PLAN_OUTDATED.
 */
export async function consentToPlan(
  dependencies: Pick<ChangeDependencies, 'catalog' | 'vault' | 'clock'>,
  caller: Caller,
  { mountId, sha256 }: { readonly mountId: MountId; readonly sha256: string },
): Promise<PlanNote> {
  const { catalog, clock } = dependencies;
  await findMount(catalog, caller, mountId);
  const stored = await changeLine(catalog, mountId, async (mount) => {
    const { note } = await findPlan(dependencies, mountId, sha256);
    if (note.stopped === undefined) {
      throw new ServiceError('PLAN_OUTDATED', `plan ${sha256} is not stopped: it needs no consent`, {
        hint: 'Carry it out, or leave it to the next run.',
      });
    }
    if (note.consent !== undefined) return mount.journal.number;
    const at = clock.now();
    const consent = { by: caller.credentialId, at };
    const data = { planSha256: sha256, by: consent.by };
    const entry = entryFor(mount, { at, kind: 'plan-consented', data });
    const outcome = await catalog.plans.consent(mount, note, { consent, entry });
    return outcome === 'conflict' ? outcome : entry.number;
  });
  await requireJournalStored(dependencies, mountId, stored);
  return (await findPlan(dependencies, mountId, sha256)).note;
}
