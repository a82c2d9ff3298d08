import type { Schedule } from '../../domain/schedule/schedule.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';

/** Nobody keeps track of more. */
const mostOfDatabase = 20;

const othersOf = async ({ schedules }: Pick<Catalog, 'schedules'>, of: Schedule): Promise<Schedule[]> =>
  (await schedules.ofStore(of.storeId)).filter(
    ({ database, scheduleId }) => database === of.database && scheduleId !== of.scheduleId,
  );

/**
 * Archived logs are of use behind a backup of the datafiles alone: their schedule is enabled after one of these, and disabled before the
 * last. It is looked at and then done, so two changes at once may get by: then archived logs are backed up for a while, which harms
 * nothing. Throws SCHEDULE_CONFLICT.
 */
export async function requireMadeBackups(catalog: Pick<Catalog, 'schedules'>, next: Schedule): Promise<void> {
  const { database, content, enabled } = next;
  if ((content === 'archived-logs') !== enabled) return;
  const others = (await othersOf(catalog, next)).filter((schedule) => schedule.enabled);
  if (others.some((schedule) => schedule.content === 'database')) return;
  if (content === 'archived-logs') {
    throw new ServiceError(
      'SCHEDULE_CONFLICT',
      `database ${database} has no enabled schedule of full or incremental backups`,
    );
  }
  const logs = others.map(({ name }) => name);
  if (logs.length === 0) return;
  throw new ServiceError(
    'SCHEDULE_CONFLICT',
    `schedule ${logs.join(', ')} backs up archived logs of database ${database}, which has no other schedule of full or incremental backups`,
    { details: { names: logs } },
  );
}

/** Throws SCHEDULE_CONFLICT when the database has as many as it may have. */
export async function requireRoom(catalog: Pick<Catalog, 'schedules'>, added: Schedule): Promise<void> {
  if ((await othersOf(catalog, added)).length < mostOfDatabase) return;
  throw new ServiceError(
    'SCHEDULE_CONFLICT',
    `database ${added.database} has ${mostOfDatabase} schedules already`,
    {
      hint: 'Remove those that are not used any more.',
    },
  );
}
