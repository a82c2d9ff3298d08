import { createConversions } from 'electrodb';
import type { Hold } from '../../../domain/retention/hold.ts';
import type { HoldCatalog } from '../../../ports/catalog/holds.ts';
import { claimItem, readClaimed } from './claims.ts';
import { advanceMount } from './deletions.ts';
import type { Entities } from './entities.ts';
import { readPage } from './page.ts';
import { byHoldId } from './positions.ts';
import { refuseContended, transact } from './transact.ts';

export const awsHolds = (entities: Entities): HoldCatalog => ({
  async place(hold, of, claim) {
    const { holdId, target } = hold;
    const refusal = await transact(entities, (writable) => ({
      claim: claim && writable.claim.create(claimItem(claim)).commit(),
      hold: writable.hold.create(hold).commit(),
      ofDatabase:
        target.kind === 'database'
          ? writable.databaseHold.create({ ...copyOf(hold), databaseId: target.databaseId }).commit()
          : undefined,
      ofMount: of && writable.mountHold.create({ ...copyOf(hold), mountId: of.mount.mountId }).commit(),
      mount: of && advanceMount(writable, of.mount, of.entry),
      entry: of && writable.journalEntry.create(of.entry).commit(),
    }));
    if (claim && refusal.has('claim')) return readClaimed(entities, claim);
    if (refusal.size === 0 || refusal.has('hold')) return { outcome: 'placed' };
    if (of === undefined) refuseContended(refusal);
    const isThere = (await entities.hold.get({ holdId }).go({ consistent: true })).data !== null;
    return { outcome: isThere ? 'placed' : 'conflict' };
  },

  async raise(mount, hold, entry) {
    const { mountId } = mount;
    const refusal = await transact(entities, (writable) => ({
      copy: writable.mountHold.create({ ...copyOf(hold), mountId }).commit(),
      mount: advanceMount(writable, mount, entry),
      entry: writable.journalEntry.create(entry).commit(),
    }));
    return refusal.size === 0 || refusal.has('copy') ? 'raised' : 'conflict';
  },

  async lower(mount, { holdId }, { dueAt, entry }) {
    const { mountId } = mount;
    const refusal = await transact(entities, (writable) => ({
      copy: writable.mountHold
        .delete({ mountId, holdId })
        .where((copy, { exists }) => exists(copy.holdId))
        .commit(),
      mount: advanceMount(writable, mount, entry, { dueAt }),
      entry: writable.journalEntry.create(entry).commit(),
    }));
    if (refusal.has('copy')) return 'absent';
    return refusal.size === 0 ? 'lowered' : 'conflict';
  },

  async end({ holdId, target }, lifted) {
    const refusal = await transact(entities, (writable) => ({
      hold: writable.hold
        .patch({ holdId })
        .set({ lifted })
        .where((hold, { notExists }) => notExists(hold.lifted))
        .commit(),
      ofDatabase:
        target.kind === 'database'
          ? writable.databaseHold.delete({ databaseId: target.databaseId, holdId }).commit()
          : undefined,
    }));
    refuseContended(refusal);
  },

  async find(holdId) {
    const { data } = await entities.hold.get({ holdId }).go({ consistent: true });
    return data ?? undefined;
  },

  list(page) {
    const { hold: holds } = entities;
    return readPage<Hold, Pick<Hold, 'holdId'>>(
      {
        list: { name: 'holds', position: byHoldId },
        positionOf: ({ holdId }) => ({ holdId }),
        startAfter: createConversions(holds).byAccessPattern.all.fromComposite.toCursor,
        run: (options) => holds.query.all({}).go({ ...options, order: 'desc' }),
      },
      page,
    );
  },

  async ofMount(mountId) {
    const query = entities.mountHold.query.ofMount({ mountId });
    const { data } = await query.go({ consistent: true, pages: 'all' });
    return data.map(({ mountId: _, ...hold }) => hold);
  },

  async ofDatabase(databaseId) {
    const query = entities.databaseHold.query.ofDatabase({ databaseId });
    const { data } = await query.go({ consistent: true, pages: 'all' });
    return data.map(({ databaseId: _, ...hold }) => hold);
  },
});

const copyOf = ({ holdId, target, reason, placedBy, placedAt }: Hold) => ({
  holdId,
  target,
  reason,
  placedBy,
  placedAt,
});
