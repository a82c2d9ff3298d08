import { createConversions } from 'electrodb';
import type { PlanNote } from '../../../domain/retention/plan-note.ts';
import type { PlanCatalog } from '../../../ports/catalog/plans.ts';
import { claimItem, readClaimed } from './claims.ts';
import type { Entities } from './entities.ts';
import { readPage } from './page.ts';
import { byMadeAt } from './positions.ts';
import { transact } from './transact.ts';

export const awsPlans = (entities: Entities): PlanCatalog => ({
  async note(plan) {
    await entities.plan.create(plan).go({ returnOnConditionCheckFailure: true });
  },

  async find({ mountId, madeAt, sha256 }) {
    const { data } = await entities.plan.get({ mountId, madeAt, sha256 }).go({ consistent: true });
    return data ?? undefined;
  },

  list(mountId, page) {
    const { plan: plans } = entities;
    const keys = createConversions(plans).byAccessPattern.ofMount.fromComposite;
    return readPage<PlanNote, Pick<PlanNote, 'madeAt' | 'sha256'>>(
      {
        list: { name: `plans of ${mountId}`, position: byMadeAt },
        positionOf: ({ madeAt, sha256 }) => ({ madeAt, sha256 }),
        startAfter: (position) => keys.toCursor({ mountId, ...position }),
        run: (options) =>
          plans.query.ofMount({ mountId }).go({ ...options, order: 'desc', consistent: true }),
      },
      page,
    );
  },

  async consent({ mountId, journal: read }, { madeAt, sha256 }, { consent, entry }) {
    const refusal = await transact(entities, (writable) => ({
      plan: writable.plan
        .patch({ mountId, madeAt, sha256 })
        .set({ consent })
        .where((plan, { notExists }) => notExists(plan.consent))
        .commit(),
      mount: writable.mount
        .patch({ mountId })
        .data(({ journal }, { set }) => {
          set(journal.number, entry.number);
          set(journal.hash, entry.sha256);
        })
        .where(({ journal }, { eq }) => eq(journal.number, read.number))
        .commit(),
      entry: writable.journalEntry.create(entry).commit(),
    }));
    return refusal.size === 0 ? 'changed' : 'conflict';
  },

  async takeRun({ name, owner, forgetAt }) {
    const claim = { scope: name, requestSha256: owner, resourceId: owner, forgetAt };
    const { rejected } = await entities.claim
      .create(claimItem(claim))
      .go({ returnOnConditionCheckFailure: true });
    if (!rejected) return 'taken';
    return (await readClaimed(entities, claim)).outcome === 'repeated' ? 'taken' : 'held';
  },
});
