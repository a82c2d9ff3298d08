import { type Caller, maySee } from '../../domain/access.ts';
import type { BackupRequest } from '../../domain/backup-request.ts';
import type { ScheduleId, StoreId } from '../../domain/ids.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import { ServiceError } from '../../errors.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { findStore } from '../access/find-owned.ts';

/** A schedule with the newest request that it made. */
interface ShownSchedule extends Schedule {
  readonly lastRequest?: BackupRequest;
}

/** The schedule, if the caller may see it. Throws SCHEDULE_NOT_FOUND. */
export async function findSchedule(
  { schedules }: Pick<Catalog, 'schedules'>,
  caller: Caller,
  scheduleId: ScheduleId,
): Promise<Schedule> {
  const schedule = await schedules.find(scheduleId);
  if (schedule !== undefined && maySee(caller, schedule.storeId)) return schedule;
  throw new ServiceError('SCHEDULE_NOT_FOUND', `there is no schedule ${scheduleId}`);
}

/** The schedule and what became of its newest time. Throws SCHEDULE_NOT_FOUND. */
export const showSchedule = async (
  catalog: Pick<Catalog, 'requests' | 'schedules'>,
  caller: Caller,
  scheduleId: ScheduleId,
): Promise<ShownSchedule> => withRequest(catalog, await findSchedule(catalog, caller, scheduleId));

export async function withRequest(
  { requests }: Pick<Catalog, 'requests'>,
  schedule: Schedule,
): Promise<ShownSchedule> {
  const lastRequest = schedule.run && (await requests.find(schedule.run.requestId));
  return { ...schedule, ...(lastRequest && { lastRequest }) };
}

/** All schedules, page by page; or those of a store, and of one of its databases, at once. */
export async function listSchedules(
  catalog: Pick<Catalog, 'requests' | 'schedules' | 'stores'>,
  caller: Caller,
  {
    storeId,
    database,
    ...page
  }: PageRequest & { storeId?: StoreId | undefined; database?: string | undefined },
): Promise<Page<ShownSchedule>> {
  if (storeId === undefined && database !== undefined) {
    throw new ServiceError('REQUEST_INVALID', 'query: database is given with its storeId');
  }
  const found = await (storeId === undefined
    ? catalog.schedules.list(page)
    : ofStore(catalog, caller, storeId));
  const wanted = found.items.filter((schedule) => database === undefined || schedule.database === database);
  return { ...found, items: await Promise.all(wanted.map((schedule) => withRequest(catalog, schedule))) };
}

async function ofStore(
  catalog: Pick<Catalog, 'schedules' | 'stores'>,
  caller: Caller,
  storeId: StoreId,
): Promise<Page<Schedule>> {
  await findStore(catalog, caller, storeId);
  return { items: await catalog.schedules.ofStore(storeId) };
}
