import { createConversions, type TransactWriteEntities } from 'electrodb';
import type { ScheduleId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/instant.ts';
import { dueShardOf } from '../../../domain/retention/next-due.ts';
import type { Schedule } from '../../../domain/schedule/schedule.ts';
import type { ScheduleCatalog, ScheduleEntry } from '../../../ports/catalog/schedules.ts';
import { claimItem, readClaimed } from './claims.ts';
import type { Entities } from './entities.ts';
import { readPage } from './page.ts';
import { byLookAt, byScheduleId } from './positions.ts';
import { refuseContended, transact, writeOnce } from './transact.ts';

/** A schedule as the table holds it. */
type ScheduleItem = Schedule & { readonly dueShard?: number; readonly dueScheduleId?: ScheduleId };

const toSchedule = ({ dueShard: _, dueScheduleId: __, ...schedule }: ScheduleItem): Schedule => schedule;

/** Behind every id: the sort key goes on after the time. */
const behindIds = '~' as ScheduleId;

export function awsSchedules(entities: Entities): ScheduleCatalog {
  const find = async (scheduleId: ScheduleId): Promise<Schedule | undefined> => {
    const { data } = await entities.schedule.get({ scheduleId }).go({ consistent: true });
    return data === null ? undefined : toSchedule(data);
  };

  return {
    ...scheduleLists(entities, find),
    find,

    async create(schedule, of, claim) {
      const { scheduleId, storeId, database, name } = schedule;
      const refusal = await transact(entities, (writable) => ({
        claim: claim && writable.claim.create(claimItem(claim)).commit(),
        schedule: writable.schedule.create(toScheduleItem(schedule)).commit(),
        name: writable.scheduleName.create({ storeId, database, name, scheduleId }).commit(),
        ...journalSteps(writable, of),
      }));
      refuseContended(refusal);
      if (claim && refusal.has('claim')) return readClaimed(entities, claim);
      // Ids are never made twice: a schedule that is there was put by an earlier copy of this call.
      if (refusal.size === 0 || refusal.has('schedule')) return { outcome: 'created' };
      return { outcome: refusal.has('mount') ? 'conflict' : 'name-taken' };
    },

    async change(seen, next, of) {
      const { set, remove } = replacement(seen, next);
      const refusal = await transact(entities, (writable) => ({
        schedule: writable.schedule
          .patch({ scheduleId: seen.scheduleId })
          .set(set)
          .remove(remove)
          .where(({ version }, { eq }) => eq(version, seen.version))
          .commit(),
        ...journalSteps(writable, of),
      }));
      refuseContended(refusal);
      return refusal.size === 0 ? 'changed' : 'conflict';
    },

    async note(seen, next) {
      const { set, remove } = replacement(seen, next);
      const { rejected } = await writeOnce(() =>
        entities.schedule
          .patch({ scheduleId: seen.scheduleId })
          .set(set)
          .remove(remove)
          .where(({ version }, { eq }) => eq(version, seen.version))
          .go({ returnOnConditionCheckFailure: 'all_old' }),
      );
      return rejected ? 'conflict' : 'noted';
    },

    async remove({ scheduleId, storeId, database, name, version: seen }, of) {
      const refusal = await transact(entities, (writable) => ({
        schedule: writable.schedule
          .delete({ scheduleId })
          .where(({ version }, { eq }) => eq(version, seen))
          .commit(),
        name: writable.scheduleName
          .delete({ storeId, database, name })
          .where((reserved, { eq }) => eq(reserved.scheduleId, scheduleId))
          .commit(),
        ...journalSteps(writable, of),
      }));
      refuseContended(refusal);
      return refusal.size === 0 ? 'removed' : 'conflict';
    },
  };
}

type Find = ScheduleCatalog['find'];

function scheduleLists(
  entities: Entities,
  find: Find,
): Pick<ScheduleCatalog, 'list' | 'listDue' | 'ofStore'> {
  return {
    async list(page) {
      const { schedule: schedules } = entities;
      const { items, ...rest } = await readPage<ScheduleItem, { scheduleId: ScheduleId }>(
        {
          list: { name: 'schedules', position: byScheduleId },
          positionOf: ({ scheduleId }) => ({ scheduleId }),
          startAfter: createConversions(schedules).byAccessPattern.all.fromComposite.toCursor,
          run: (options) => schedules.query.all({}).go(options),
        },
        page,
      );
      return { items: items.map(toSchedule), ...rest };
    },

    async ofStore(storeId) {
      const { data } = await entities.scheduleName.query
        .ofStore({ storeId })
        .go({ consistent: true, pages: 'all' });
      const found = await Promise.all(data.map(({ scheduleId }) => find(scheduleId)));
      return found.flatMap((schedule) => (schedule === undefined ? [] : [schedule]));
    },

    async listDue(dueShard, until, page) {
      const { schedule: schedules } = entities;
      const keys = createConversions(schedules).byAccessPattern.byDue.fromComposite;
      const { items, ...rest } = await readPage<ScheduleItem, { lookAt: Instant; scheduleId: ScheduleId }>(
        {
          list: { name: `due schedules ${dueShard}`, position: byLookAt },
          positionOf: ({ lookAt = until, scheduleId }) => ({ lookAt, scheduleId }),
          startAfter: ({ lookAt, scheduleId }) =>
            keys.toCursor({ scheduleId, dueShard, lookAt, dueScheduleId: scheduleId }),
          run: (options) =>
            schedules.query.byDue({ dueShard }).lte({ lookAt: until, dueScheduleId: behindIds }).go(options),
        },
        page,
      );
      return { items: items.map(toSchedule), ...rest };
    },
  };
}

/** The index needs all parts of its keys at once, or none. */
export const toScheduleItem = (schedule: Schedule): ScheduleItem => {
  const { scheduleId, lookAt } = schedule;
  if (lookAt === undefined) return schedule;
  return { ...schedule, dueShard: dueShardOf(scheduleId), dueScheduleId: scheduleId };
};

/** What may come and go in a schedule; the other fields are always there. */
const optional = [
  'order',
  'expire',
  'nextAt',
  'lookAt',
  'longestGapMillis',
  'run',
  'waiting',
  'missed',
  'dueShard',
  'dueScheduleId',
] as const;

/** What is set and what is removed, so that the row is the schedule, one version on. */
function replacement(seen: Schedule, next: Schedule) {
  const { scheduleId: _, ...set } = toScheduleItem({ ...next, version: seen.version + 1 });
  return { set, remove: optional.filter((name) => set[name] === undefined) };
}

const journalSteps = (writable: TransactWriteEntities<Entities>, { mount, entry }: ScheduleEntry) => ({
  mount: writable.mount
    .patch({ mountId: mount.mountId })
    .data(({ journal }, { set }) => {
      set(journal.number, entry.number);
      set(journal.hash, entry.sha256);
    })
    .where(({ journal }, { eq }) => eq(journal.number, mount.journal.number))
    .commit(),
  entry: writable.journalEntry.create(entry).commit(),
});
