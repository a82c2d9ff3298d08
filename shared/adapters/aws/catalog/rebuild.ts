import type { MountHistory } from '../../../domain/journal/mount-history.ts';
import type { Mount } from '../../../domain/mount.ts';
import { dueShardOf } from '../../../domain/retention/next-due.ts';
import type { CatalogRebuild } from '../../../ports/catalog.ts';
import type { Entities } from './entities.ts';
import { findMount } from './mounts.ts';
import { deletingAt, type PointItem } from './point-item.ts';
import { refuseContended, transact, writeOnce } from './transact.ts';

/** Items written at once: a mount may have tens of thousands. */
const parallel = 16;

export const awsRebuild = (entities: Entities): CatalogRebuild => ({
  async addStore(store) {
    const { storeId, name } = store;
    for (const free of [name, `${name} (${storeId})`]) {
      const refusal = await transact(entities, (writable) => ({
        store: writable.store.create({ ...store, name: free }).commit(),
        name: writable.storeName.create({ name: free, storeId }).commit(),
      }));
      refuseContended(refusal);
      if (!refusal.has('name') || refusal.has('store')) return;
    }
  },

  async replaceMount(history, pending) {
    const { mountId } = history.mount;
    const earlier = await findMount(entities, mountId);
    await replacePoints(entities, history);
    await replaceUploads(entities, history);
    await replaceHolds(entities, history);
    await replaceOutbox(entities, history.mount, pending);
    await replaceName(entities, history.mount);
    const item = mountItem(history.mount, earlier);
    await replace(
      () => entities.mount.create(item).go(asIs),
      () => entities.mount.delete({ mountId }).go(),
    );
  },

  async raiseJobIds(above) {
    const counter = { name: jobIds, value: above };
    const { rejected } = await entities.counter.create(counter).go(asIs);
    if (!rejected) return;
    await writeOnce(() =>
      entities.counter
        .patch({ name: jobIds })
        .set({ value: above })
        .where(({ value }, { lt }) => lt(value, above))
        .go(asIs),
    );
  },
});

/** Answers that an item is there instead of throwing. */
const asIs = { returnOnConditionCheckFailure: true } as const;

/** As `restores.nextJobId` counts. */
const jobIds = 'job-id';

const mountItem = (mount: Mount, earlier: Mount | undefined) => ({
  ...mount,
  fence: Math.max(mount.fence, earlier?.fence ?? 0),
  lineVersion: Math.max(mount.lineVersion, (earlier?.lineVersion ?? 0) + 1),
  ...(mount.dueAt !== undefined && { dueShard: dueShardOf(mount.mountId), dueMountId: mount.mountId }),
});

async function replacePoints(
  entities: Entities,
  { mount: { mountId }, points }: MountHistory,
): Promise<void> {
  const places = new Set(points.map(({ seq }) => seq));
  const { data } = await entities.recoveryPoint.query
    .line({ mountId })
    .go({ consistent: true, pages: 'all' });
  await inParallel(
    data.filter(({ seq }) => !places.has(seq)),
    ({ seq }) => entities.recoveryPoint.delete({ mountId, seq }).go(),
  );
  await inParallel(points, (point) => {
    const { recoveryPointId, deletion, state, seq } = point;
    const isGoing = state === 'pending-deletion' || state === 'reclaiming';
    const item: PointItem = {
      ...point,
      ...(state !== 'tombstone' && { listedMountId: mountId }),
      ...(isGoing && deletion && deletingAt(recoveryPointId, deletion.reclaimAfter)),
    };
    return replace(
      () => entities.recoveryPoint.create(item).go(asIs),
      () => entities.recoveryPoint.delete({ mountId, seq }).go(),
    );
  });
}

async function replaceUploads(
  entities: Entities,
  { mount: { mountId }, uploads }: MountHistory,
): Promise<void> {
  await inParallel(uploads, async (upload) => {
    const { uploadId, snapshotId, state } = upload;
    const item = { ...upload, ...(state === 'closing' && { runningState: state }) };
    await replace(
      () => entities.upload.create(item).go(asIs),
      () => entities.upload.delete({ uploadId }).go(),
    );
    // A closed upload gave its snapshot up: whichever became a point has it.
    if (state !== 'committed') return;
    await replace(
      () => entities.snapshot.create({ mountId, snapshotId, uploadId }).go(asIs),
      () => entities.snapshot.delete({ mountId, snapshotId }).go(),
    );
  });
}

async function replaceHolds(entities: Entities, { mount: { mountId }, holds }: MountHistory): Promise<void> {
  const { data } = await entities.mountHold.query.ofMount({ mountId }).go({ consistent: true, pages: 'all' });
  const ids = new Set(holds.map(({ holdId }) => holdId));
  for (const { holdId } of data.filter((copy) => !ids.has(copy.holdId))) {
    await entities.mountHold.delete({ mountId, holdId }).go();
  }
  for (const { lifted: _, ...hold } of holds) {
    const { target } = hold;
    await entities.mountHold.create({ ...hold, mountId }).go(asIs);
    await entities.hold.create(hold).go(asIs);
    if (target.kind !== 'database') continue;
    const { databaseId } = target;
    await entities.databaseHold.create({ ...hold, databaseId }).go(asIs);
  }
}

async function replaceOutbox(
  entities: Entities,
  { mountId }: Mount,
  pending: Parameters<CatalogRebuild['replaceMount']>[1],
): Promise<void> {
  const { data } = await entities.journalEntry.query
    .outbox({ mountId })
    .go({ consistent: true, pages: 'all' });
  for (const { number } of data) await entities.journalEntry.delete({ mountId, number }).go();
  for (const entry of pending) {
    await entities.journalEntry.create(entry).go(asIs);
  }
}

/** The name is another mount's by now only where the journal says that this one is gone. */
async function replaceName(entities: Entities, { storeId, name, mountId, state }: Mount): Promise<void> {
  await entities.storeMount.create({ storeId, mountId }).go(asIs);
  if (state !== 'gone') {
    await replace(
      () => entities.mountName.create({ storeId, name, mountId }).go(asIs),
      () => entities.mountName.delete({ storeId, name }).go(),
    );
    return;
  }
  await entities.mountName
    .delete({ storeId, name })
    .where((reserved, { eq }) => eq(reserved.mountId, mountId))
    .go(asIs);
}

/** Whatever is there goes. */
async function replace(
  create: () => Promise<{ readonly rejected: boolean }>,
  remove: () => Promise<unknown>,
): Promise<void> {
  if (!(await create()).rejected) return;
  await remove();
  await create();
}

async function inParallel<T>(items: readonly T[], write: (item: T) => Promise<unknown>): Promise<void> {
  const rest = [...items];
  const work = async () => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await write(item);
  };
  await Promise.all(Array.from({ length: parallel }, work));
}
