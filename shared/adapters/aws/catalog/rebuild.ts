import type { TransactWriteEntities } from 'electrodb';
import type { MountHistory } from '../../../domain/journal/mount-history.ts';
import { type JournalEntry, journalStart } from '../../../domain/journal.ts';
import type { Mount } from '../../../domain/mount.ts';
import { dueShardOf } from '../../../domain/retention/next-due.ts';
import type { CatalogRebuild, RebuiltMount } from '../../../ports/catalog/rebuild.ts';
import type { Entities } from './entities.ts';
import { deletingAt, type PointItem } from './point-item.ts';
import { awsSchedules, toScheduleItem } from './schedules.ts';
import { refuseContended, type Step, transact, writeOnce } from './transact.ts';

/** DynamoDB takes 100 actions a transaction and 4 MB in all. */
const writesAtOnce = 50;

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

  async claimMount(seen, at) {
    const { mountId, journal } = seen;
    const diverged = seen.diverged ?? { number: journal.number + 1, at };
    const { rejected } = await writeOnce(() =>
      entities.mount
        .patch({ mountId })
        .set({ diverged })
        .add({ lineVersion: 1 })
        .where(isAsRead(seen))
        .go(asIs),
    );
    return rejected ? 'conflict' : { ...seen, diverged, lineVersion: seen.lineVersion + 1 };
  },

  /**
   * A mount may have tens of thousands of items, so this is many transactions. Each of them checks the claim: as soon as another run
   * has taken the mount, nothing of this one is written any more. A mount that is not there is put first, marked, to be claimed.
   */
  async replaceMount(history, pending, claimed) {
    const claim = claimed ?? markedMount(history.mount);
    if (claimed === undefined && (await entities.mount.create(claim).go(asIs)).rejected) return 'conflict';
    const writes = [
      ...(await pointWrites(entities, history)),
      ...uploadWrites(history),
      ...(await mountHoldWrites(entities, history)),
      ...(await scheduleWrites(entities, history)),
      ...(await outboxDeletes(entities, history.mount)),
    ];
    const isOurs =
      (await writeAll(entities, claim, writes)) &&
      (await addHolds(entities, claim, history)) &&
      (await putMount(entities, claim, history.mount, pending));
    return isOurs ? 'replaced' : 'conflict';
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

type Writable = TransactWriteEntities<Entities>;
type Write = (writable: Writable) => Step;

/** What is there is older than the vault, whatever it is: nothing of the mount goes on. */
function markedMount({ dueAt: at, ...mount }: Mount): Mount {
  return { ...mount, journal: journalStart, diverged: { number: 1, at: at ?? mount.createdAt } };
}

type MountCondition = Parameters<ReturnType<Writable['mount']['check']>['where']>[0];

const isAsRead =
  ({ epoch, lineVersion, journal }: Mount): MountCondition =>
  (mount, { eq }) =>
    [eq(mount.epoch, epoch), eq(mount.lineVersion, lineVersion), eq(mount.journal.hash, journal.hash)].join(
      ' AND ',
    );

const checkClaim = (writable: Writable, claim: Mount): Step =>
  writable.mount.check({ mountId: claim.mountId }).where(isAsRead(claim)).commit();

/** False when the mount was taken by somebody else. */
async function writeAll(entities: Entities, claim: Mount, writes: readonly Write[]): Promise<boolean> {
  for (let from = 0; from < writes.length; from += writesAtOnce) {
    const chunk = writes.slice(from, from + writesAtOnce);
    const refusal = await transact(entities, (writable) => ({
      claim: checkClaim(writable, claim),
      ...Object.fromEntries(chunk.map((write, index) => [`write ${index}`, write(writable)])),
    }));
    refuseContended(refusal);
    if (refusal.size > 0) return false;
  }
  return true;
}

async function pointWrites(
  entities: Entities,
  { mount: { mountId }, points }: MountHistory,
): Promise<Write[]> {
  const places = new Set(points.map(({ seq }) => seq));
  const { data } = await entities.recoveryPoint.query
    .line({ mountId })
    .go({ consistent: true, pages: 'all' });
  const gone = data.filter(({ seq }) => !places.has(seq));
  return [
    ...gone.map(
      ({ seq }): Write =>
        ({ recoveryPoint }) =>
          recoveryPoint.delete({ mountId, seq }).commit(),
    ),
    ...points.map((point): Write => {
      const { recoveryPointId, deletion, state } = point;
      const isGoing = state === 'pending-deletion' || state === 'reclaiming';
      const item: PointItem = {
        ...point,
        ...(state !== 'tombstone' && { listedMountId: mountId }),
        ...(isGoing && deletion && deletingAt(recoveryPointId, deletion.reclaimAfter)),
      };
      return ({ recoveryPoint }) => recoveryPoint.put(item).commit();
    }),
  ];
}

const uploadWrites = ({ mount: { mountId }, uploads }: MountHistory): Write[] => [
  ...uploads.map((upload): Write => {
    const { state } = upload;
    const item = { ...upload, ...(state === 'closing' && { runningState: state }) };
    return (writable) => writable.upload.put(item).commit();
  }),
  // A closed upload gave its snapshot up: whichever became a point has it.
  ...uploads
    .filter(({ state }) => state === 'committed')
    .map(
      ({ snapshotId, uploadId }): Write =>
        ({ snapshot }) =>
          snapshot.put({ mountId, snapshotId, uploadId }).commit(),
    ),
];

async function mountHoldWrites(
  entities: Entities,
  { mount: { mountId }, holds }: MountHistory,
): Promise<Write[]> {
  const { data } = await entities.mountHold.query.ofMount({ mountId }).go({ consistent: true, pages: 'all' });
  const ids = new Set(holds.map(({ holdId }) => holdId));
  return [
    ...data
      .filter(({ holdId }) => !ids.has(holdId))
      .map(
        ({ holdId }): Write =>
          ({ mountHold }) =>
            mountHold.delete({ mountId, holdId }).commit(),
      ),
    ...holds.map(
      ({ lifted: _, ...hold }): Write =>
        ({ mountHold }) =>
          mountHold.put({ ...hold, mountId }).commit(),
    ),
  ];
}

async function scheduleWrites(
  entities: Entities,
  { mount: { mountId, storeId }, schedules }: RebuiltMount,
): Promise<Write[]> {
  const ids = new Set(schedules.map(({ scheduleId }) => scheduleId));
  const known = await awsSchedules(entities).ofStore(storeId);
  const gone = known.filter((schedule) => schedule.mountId === mountId && !ids.has(schedule.scheduleId));
  return [
    ...gone.flatMap(({ scheduleId, database, name }): Write[] => [
      ({ schedule }) => schedule.delete({ scheduleId }).commit(),
      ({ scheduleName }) => scheduleName.delete({ storeId, database, name }).commit(),
    ]),
    ...schedules.flatMap(({ scheduleId, database, name, ...rest }): Write[] => [
      ({ schedule }) => schedule.put(toScheduleItem({ scheduleId, database, name, ...rest })).commit(),
      ({ scheduleName }) => scheduleName.put({ storeId, database, name, scheduleId }).commit(),
    ]),
  ];
}

/** Those that other mounts have put by now stay as they are. */
async function addHolds(entities: Entities, claim: Mount, { holds }: MountHistory): Promise<boolean> {
  for (const { lifted: _, ...hold } of holds) {
    const { target } = hold;
    const added: Write[] = [({ hold: all }) => all.create(hold).commit()];
    if (target.kind === 'database') {
      const { databaseId } = target;
      added.push(({ databaseHold }) => databaseHold.create({ ...hold, databaseId }).commit());
    }
    for (const add of added) {
      const refusal = await transact(entities, (writable) => ({
        claim: checkClaim(writable, claim),
        hold: add(writable),
      }));
      refuseContended(refusal);
      if (refusal.has('claim')) return false;
    }
  }
  return true;
}

async function outboxDeletes(entities: Entities, { mountId }: Mount): Promise<Write[]> {
  const { data } = await entities.journalEntry.query
    .outbox({ mountId })
    .go({ consistent: true, pages: 'all' });
  return data.map(
    ({ number }): Write =>
      ({ journalEntry }) =>
        journalEntry.delete({ mountId, number }).commit(),
  );
}

/** Mount, name and outbox in one: an entry in the outbox is stored by whoever sees it, and must be of the line that stands. */
async function putMount(
  entities: Entities,
  claim: Mount,
  mount: Mount,
  pending: readonly JournalEntry[],
): Promise<boolean> {
  const { mountId, storeId, name, dueAt } = mount;
  const item = {
    ...mount,
    fence: Math.max(mount.fence, claim.fence),
    lineVersion: Math.max(mount.lineVersion, claim.lineVersion + 1),
    ...(dueAt !== undefined && { dueShard: dueShardOf(mountId), dueMountId: mountId }),
  };
  const isGone = mount.state === 'gone';
  const refusal = await transact(entities, (writable) => ({
    mount: writable.mount.put(item).where(isAsRead(claim)).commit(),
    ofStore: writable.storeMount.put({ storeId, mountId }).commit(),
    name: isGone ? undefined : writable.mountName.put({ storeId, name, mountId }).commit(),
    ...Object.fromEntries(
      pending.map((entry) => [`entry ${entry.number}`, writable.journalEntry.put(entry).commit()]),
    ),
  }));
  refuseContended(refusal);
  if (refusal.size > 0) return false;
  // The name of one that is gone is another mount's, or nobody's.
  if (isGone) {
    await entities.mountName
      .delete({ storeId, name })
      .where((reserved, { eq }) => eq(reserved.mountId, mountId))
      .go(asIs);
  }
  return true;
}
