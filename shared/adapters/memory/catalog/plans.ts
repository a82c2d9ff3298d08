import { createHash } from 'node:crypto';
import type { PlanNote } from '../../../domain/retention/plan-note.ts';
import type { PlanCatalog } from '../../../ports/catalog/plans.ts';
import { pageOf } from './page.ts';
import { type CatalogState, findClaimed, keepClaim, queueEntry } from './state.ts';

export const memoryPlans = (state: CatalogState): PlanCatalog => ({
  async note(plan) {
    if (!state.plans.has(keyOf(plan))) state.plans.set(keyOf(plan), plan);
  },

  async find(plan) {
    return state.plans.get(keyOf(plan));
  },

  async list(mountId, page) {
    const plans = [...state.plans.values()].filter((plan) => plan.mountId === mountId);
    return pageOf(plans, { name: `plans of ${mountId}`, keyOf, isDescending: true }, page);
  },

  async consent({ mountId, journal }, plan, { consent, entry }) {
    const mount = state.mounts.get(mountId);
    const noted = state.plans.get(keyOf(plan));
    if (mount?.journal.number !== journal.number || noted === undefined || noted.consent) return 'conflict';
    state.plans.set(keyOf(plan), { ...noted, consent });
    const { number, sha256: hash } = entry;
    state.mounts.set(mountId, { ...mount, journal: { ...mount.journal, number, hash } });
    queueEntry(state, entry);
    return 'changed';
  },

  async takeRun({ name, owner, forgetAt }) {
    const requestSha256 = createHash('sha256').update(owner).digest('hex');
    const claim = { scope: name, requestSha256, resourceId: owner, forgetAt };
    const claimed = findClaimed(state, claim);
    if (claimed !== undefined) return claimed.outcome === 'repeated' ? 'taken' : 'held';
    keepClaim(state, claim);
    return 'taken';
  },
});

const keyOf = ({ mountId, madeAt, sha256 }: Pick<PlanNote, 'mountId' | 'madeAt' | 'sha256'>): string =>
  `${mountId} ${madeAt} ${sha256}`;
