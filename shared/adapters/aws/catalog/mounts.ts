import { createConversions } from 'electrodb';
import type { MountId, StoreId } from '../../../domain/ids.ts';
import type { JournalEntry } from '../../../domain/journal.ts';
import type { Mount } from '../../../domain/mount.ts';
import { ServiceError } from '../../../errors.ts';
import type { MountCatalog } from '../../../ports/catalog/mounts.ts';
import type { Page, PageRequest } from '../../../ports/catalog/page.ts';
import { claimItem, readClaimed } from './claims.ts';
import { dueFields, listDue, toMount } from './due.ts';
import type { Entities } from './entities.ts';
import { type QueryOptions, readPage } from './page.ts';
import { byMountId } from './positions.ts';
import { refuseContended, transact, writeOnce } from './transact.ts';

export const awsMounts = (entities: Entities): MountCatalog => ({
  async create(mount, entry, claim) {
    const { mountId, storeId, name } = mount;
    const refusal = await transact(entities, (writable) => ({
      claim: claim && writable.claim.create(claimItem(claim)).commit(),
      mount: writable.mount.create({ ...mount, ...dueFields(mount, mount.dueAt) }).commit(),
      name: writable.mountName.create({ storeId, name, mountId }).commit(),
      ofStore: writable.storeMount.create({ storeId, mountId }).commit(),
      entry: writable.journalEntry.create(entry).commit(),
    }));
    refuseContended(refusal);
    if (claim && refusal.has('claim')) return readClaimed(entities, claim);
    // Ids are never made twice: a mount that is there was put by an earlier copy of this call.
    if (refusal.size === 0 || refusal.has('mount')) return { outcome: 'created' };
    return { outcome: 'name-taken' };
  },

  find: (mountId) => findMount(entities, mountId),

  list: ({ storeId }, page) =>
    storeId === undefined ? listAll(entities, page) : listOfStore(entities, storeId, page),

  async markReady(mountId) {
    await writeOnce(() =>
      entities.mount
        .patch({ mountId })
        .set({ state: 'ready' })
        .where(({ state }, { eq }) => eq(state, 'creating'))
        .go({ returnOnConditionCheckFailure: true }),
    );
  },

  change: (mount, next, entry) => changeMount(entities, mount, next, entry),

  async noteDue({ mountId, lineVersion, journal }, dueAt, clearance) {
    const { rejected } = await writeOnce(() =>
      entities.mount
        .patch({ mountId })
        .set({ ...dueFields({ mountId }, dueAt), ...(clearance && { clearance }) })
        .where((mount, { eq }) => {
          const isUnchanged = eq(mount.lineVersion, lineVersion);
          return `${isUnchanged} AND ${eq(mount.journal.number, journal.number)}`;
        })
        .go({ returnOnConditionCheckFailure: true }),
    );
    return rejected ? 'conflict' : 'noted';
  },

  listDue: (shard, until, page) => listDue(entities, shard, until, page),

  async orderSnapshot(mountId, order) {
    const { rejected } = await writeOnce(() =>
      entities.mount
        .patch({ mountId })
        .set({ snapshotOrder: order })
        .where(({ snapshotOrder }, { notExists, ne, lte }) => {
          const isOver = `${ne(snapshotOrder.state, 'ordered')} OR ${lte(snapshotOrder.deadline, order.requestedAt)}`;
          return `(${notExists(snapshotOrder)} OR ${isOver})`;
        })
        .go({ returnOnConditionCheckFailure: true }),
    );
    return rejected ? 'busy' : 'ordered';
  },

  async endSnapshotOrder(mountId, order) {
    const { rejected } = await writeOnce(() =>
      entities.mount
        .patch({ mountId })
        .set({ snapshotOrder: order })
        .where(
          ({ snapshotOrder }, { eq }) =>
            `${eq(snapshotOrder.commandId, order.commandId)} AND ${eq(snapshotOrder.state, 'ordered')}`,
        )
        .go({ returnOnConditionCheckFailure: true }),
    );
    return rejected ? 'refused' : 'noted';
  },

  async noteReport(mountId, report) {
    await writeOnce(() =>
      entities.mount
        .patch({ mountId })
        .set({ storeReport: report })
        .where(
          ({ storeReport }, { notExists, lte }) =>
            `(${notExists(storeReport)} OR ${lte(storeReport.at, report.at)})`,
        )
        .go({ returnOnConditionCheckFailure: true }),
    );
  },
});

async function changeMount(
  entities: Entities,
  { mountId, storeId, name, state, journal }: Mount,
  next: Parameters<MountCatalog['change']>[1],
  entry: JournalEntry,
): Promise<'changed' | 'conflict'> {
  const isGoing = next.state === 'gone';
  const refusal = await transact(entities, (writable) => ({
    mount: writable.mount
      .patch({ mountId })
      .data((mount, { set, remove }) => {
        set(mount.state, next.state);
        set(mount.expire, next.expire);
        set(mount.maxPendingSnapshots, next.maxPendingSnapshots);
        if (next.policy === undefined) remove(mount.policy);
        else set(mount.policy, next.policy);
        if (next.quotaBytes === undefined) remove(mount.quotaBytes);
        else set(mount.quotaBytes, next.quotaBytes);
        if (next.backupEvery !== undefined) set(mount.backupEvery, next.backupEvery);
        if (next.strategies !== undefined) set(mount.strategies, next.strategies);
        if (next.deletion === undefined) remove(mount.deletion);
        else set(mount.deletion, next.deletion);
        if (next.reconciliation === undefined) remove(mount.reconciliation);
        else set(mount.reconciliation, next.reconciliation);
        if (next.retirement === undefined) remove(mount.retirement);
        else set(mount.retirement, next.retirement);
        if (next.coldThrough !== undefined) set(mount.coldThrough, next.coldThrough);
        if (next.orphans !== undefined) set(mount.orphans, next.orphans);
        if (next.dataKeys !== undefined) set(mount.dataKeys, next.dataKeys);
        set(mount.journal.number, entry.number);
        set(mount.journal.hash, entry.sha256);
      })
      .set(dueFields({ mountId }, next.dueAt))
      .where((mount, { eq, notExists }) => {
        const isAsRead = `${eq(mount.state, state)} AND ${eq(mount.journal.number, journal.number)}`;
        return isGoing ? `${isAsRead} AND ${notExists(mount.openUploadId)}` : isAsRead;
      })
      .commit(),
    name: isGoing
      ? writable.mountName
          .delete({ storeId, name })
          .where((reserved, { eq }) => eq(reserved.mountId, mountId))
          .commit()
      : undefined,
    entry: writable.journalEntry.create(entry).commit(),
  }));
  refuseContended(refusal);
  return refusal.size === 0 ? 'changed' : 'conflict';
}

/** The mount, strongly consistent. */
export async function findMount({ mount }: Entities, mountId: MountId): Promise<Mount | undefined> {
  const { data } = await mount.get({ mountId }).go({ consistent: true });
  return data === null ? undefined : toMount(data);
}

async function listAll({ mount: mounts }: Entities, page: PageRequest): Promise<Page<Mount>> {
  const list = { name: 'mounts', position: byMountId };
  const startAfter = createConversions(mounts).byAccessPattern.all.fromComposite.toCursor;
  const positionOf = ({ mountId }: Mount) => ({ mountId });
  const run = (options: QueryOptions) => mounts.query.all({}).go(options);
  const { items, ...rest } = await readPage({ list, positionOf, startAfter, run }, page);
  return { items: items.map(toMount), ...rest };
}

/** From the table itself: which mounts the store has, then the mounts. */
async function listOfStore(entities: Entities, storeId: StoreId, page: PageRequest): Promise<Page<Mount>> {
  const { storeMount, mount } = entities;
  const keys = createConversions(storeMount).byAccessPattern.ofStore.fromComposite;
  const { items, ...rest } = await readPage(
    {
      list: { name: `mounts of ${storeId}`, position: byMountId },
      positionOf: ({ mountId }: { mountId: MountId }) => ({ mountId }),
      startAfter: ({ mountId }) => keys.toCursor({ storeId, mountId }),
      run: (options) => storeMount.query.ofStore({ storeId }).go({ ...options, consistent: true }),
    },
    page,
  );
  if (items.length === 0) return { items: [], ...rest };
  const ids = items.map(({ mountId }) => mountId);
  const { data } = await mount
    .get(ids.map((mountId) => ({ mountId })))
    .go({ consistent: true, preserveBatchOrder: true });
  // DynamoDB may leave a part of a batch unread when it is busy; those are read one by one.
  return {
    items: await Promise.all(
      ids.map((id, index) => {
        const item = data[index];
        return item ? toMount(item) : readListed(entities, id);
      }),
    ),
    ...rest,
  };
}

async function readListed(entities: Entities, mountId: MountId): Promise<Mount> {
  const mount = await findMount(entities, mountId);
  if (mount !== undefined) return mount;
  throw new ServiceError('INTERNAL', `mount ${mountId} is listed under its store but does not exist`);
}
