import { findSchedule } from '../schedule/find-schedule.ts';
import { readSettings, zoneHere } from '../schedule/settings.ts';
import { rowsOf, type ServiceClient } from '../service/client.ts';
import { UsageError } from '../usage-error.ts';

type Given = ReadonlyMap<string, string>;

/** What a job may be given of the times of a schedule, beside its expire. */
export const scheduleParameters = ['expire', 'enabled', 'minute', 'hour', 'day', 'month', 'weekday'] as const;

const settingsOf = (given: Given, before?: string) =>
  readSettings(
    Object.fromEntries(
      scheduleParameters
        .filter((name) => name !== 'enabled' && given.has(name))
        .map((name) => [name, given.get(name)]),
    ),
    before,
  );

function enabledOf(given: Given): { enabled?: boolean } {
  const text = given.get('enabled');
  if (text === undefined) return {};
  if (/^(?:true|false)$/i.test(text)) return { enabled: /^true$/i.test(text) };
  throw new UsageError(`enabled is true or false, not "${text}"`);
}

/** db_backup_add_schedule: in the time zone of whoever calls, disabled unless it says otherwise; without an expire its backups never expire. */
export async function addBackupSchedule(service: ServiceClient, given: Given): Promise<void> {
  const { mountId, name: database } = await findAgent(service, given.get('db_name') ?? '');
  const level = given.get('level') ?? '';
  if (!/^\d$/.test(level)) throw new UsageError(`level is a number from 0 to 9, not "${level}"`);
  const { cron = '0 * * * *', expire = 'never' } = settingsOf(given);
  await service.call('addSchedule', {
    body: {
      ...{ mountId, database, name: given.get('backup_name') ?? '', cron, timeZone: zoneHere(), expire },
      ...{ order: { level: Number(level) }, ...enabledOf(given) },
    },
  });
}

/** db_backup_modify_schedule: what is not given stays. */
export async function modifyBackupSchedule(service: ServiceClient, given: Given): Promise<void> {
  const { scheduleId, cron } = await scheduleOf(service, given);
  const body = { ...settingsOf(given, cron), ...enabledOf(given) };
  await service.call('changeSchedule', { params: { scheduleId }, body });
}

export async function removeBackupSchedule(service: ServiceClient, given: Given): Promise<void> {
  const { scheduleId } = await scheduleOf(service, given);
  await service.call('removeSchedule', { params: { scheduleId } });
}

async function scheduleOf(service: ServiceClient, given: Given) {
  const { name } = await findAgent(service, given.get('db_name') ?? '');
  return findSchedule(service, `${name}/${given.get('backup_name') ?? ''}`);
}

/** The database that agents call so; names of Oracle know no case. */
async function findAgent(service: ServiceClient, text: string) {
  const all = [];
  for await (const { storeId } of rowsOf((query) => service.call('listStores', { query }))) {
    const { items } = await service.call('listAgentDatabases', { params: { storeId } });
    all.push(...items);
  }
  const [found, ...others] = all.filter(({ name }) => name.toLowerCase() === text.toLowerCase());
  if (found === undefined) {
    throw new Error(
      `no agent makes backups of "${text}"; there is ${all.map(({ name }) => name).join(', ') || 'none'}`,
    );
  }
  if (others.length === 0) return found;
  throw new Error(`several stores back up a database "${text}": use holdfast schedule add with the mount`);
}
