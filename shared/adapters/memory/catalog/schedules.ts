import { dueShardOf } from '../../../domain/retention/next-due.ts';
import type { Schedule } from '../../../domain/schedule/schedule.ts';
import type { ScheduleCatalog, ScheduleEntry } from '../../../ports/catalog/schedules.ts';
import { pageOf } from './page.ts';
import { type CatalogState, findClaimed, keepClaim, queueEntry } from './state.ts';

export const memorySchedules = (state: CatalogState): ScheduleCatalog => {
  const isSeen = ({ scheduleId, version }: Schedule) => state.schedules.get(scheduleId)?.version === version;
  const isInStep = ({ mount: { mountId, journal } }: ScheduleEntry) =>
    state.mounts.get(mountId)?.journal.number === journal.number;
  const write = ({ entry }: ScheduleEntry) => {
    const mount = state.mounts.get(entry.mountId);
    if (mount === undefined) return;
    const journal = { ...mount.journal, number: entry.number, hash: entry.sha256 };
    state.mounts.set(entry.mountId, { ...mount, journal });
    queueEntry(state, entry);
  };
  const put = (seen: Schedule, next: Schedule) =>
    state.schedules.set(seen.scheduleId, { ...next, version: seen.version + 1 });

  return {
    async create(schedule, entry, claim) {
      const claimed = findClaimed(state, claim);
      if (claimed !== undefined) return claimed;
      if (state.schedules.has(schedule.scheduleId)) return { outcome: 'created' };
      if (!isInStep(entry)) return { outcome: 'conflict' };
      const key = placeOf(schedule);
      if ([...state.schedules.values()].some((other) => placeOf(other) === key))
        return { outcome: 'name-taken' };
      state.schedules.set(schedule.scheduleId, schedule);
      write(entry);
      keepClaim(state, claim);
      return { outcome: 'created' };
    },

    async find(scheduleId) {
      return state.schedules.get(scheduleId);
    },

    async list(page) {
      return pageOf(
        state.schedules.values(),
        { name: 'schedules', keyOf: ({ scheduleId }) => scheduleId },
        page,
      );
    },

    async ofStore(storeId) {
      return [...state.schedules.values()]
        .filter((schedule) => schedule.storeId === storeId)
        .sort((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1));
    },

    async change(seen, next, entry) {
      if (!isSeen(seen) || !isInStep(entry)) return 'conflict';
      put(seen, next);
      write(entry);
      return 'changed';
    },

    async note(seen, next) {
      if (!isSeen(seen)) return 'conflict';
      put(seen, next);
      return 'noted';
    },

    async remove(seen, entry) {
      if (!isSeen(seen) || !isInStep(entry)) return 'conflict';
      state.schedules.delete(seen.scheduleId);
      write(entry);
      return 'removed';
    },

    async listDue(shard, until, page) {
      const due = [...state.schedules.values()].filter(
        ({ scheduleId, lookAt }) =>
          lookAt !== undefined && lookAt <= until && dueShardOf(scheduleId) === shard,
      );
      const keyOf = ({ lookAt, scheduleId }: Schedule) => `${lookAt}#${scheduleId}`;
      return pageOf(due, { name: `due schedules ${shard}`, keyOf }, page);
    },
  };
};

/** Names of schedules have no `#`, which names of databases may have. */
const placeOf = ({ storeId, database, name }: Schedule): string => `${storeId}#${database}#${name}`;
