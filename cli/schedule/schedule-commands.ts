import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import { addSettings, namesFields, readSettings, type ScheduleOptions, zoneHere } from './settings.ts';

interface JsonOption {
  readonly json?: true;
}

const idOrName = 'the schedule: its id, its name, or DATABASE/NAME';

const addAdd: AddCommand = (schedule) => {
  addSettings(
    schedule
      .command('add')
      .description('add a schedule of backups of a database; it is disabled until it is enabled')
      .argument('<mount>', 'the mount that they go to: its id, its name, or STORE/NAME')
      .argument('<name>', 'its own within the database')
      .requiredOption('--database <name>', 'as the configuration of the gateway names it'),
  )
    .option('--archived-logs', 'archived logs alone')
    .option('--enable', 'enable it at once')
    .addOption(jsonOption())
    .action(addSchedule);
};

const addModify: AddCommand = (schedule) => {
  addSettings(
    schedule
      .command('modify')
      .description('change settings of a schedule; what is not given stays')
      .argument('<schedule>', idOrName),
  )
    .addOption(jsonOption())
    .action(modifySchedule);
};

const addShow: AddCommand = (schedule) => {
  schedule
    .command('show')
    .description('show a schedule, its next time and what became of the last')
    .argument('<schedule>', idOrName)
    .addOption(jsonOption())
    .action(showSchedule);
};

const addList: AddCommand = (schedule) => {
  schedule
    .command('list')
    .description('list schedules')
    .option('--store <id>', 'of one store')
    .option('--database <name>', 'of one database of that store')
    .addOption(jsonOption())
    .action(listSchedules);
};

const addEnable: AddCommand = (schedule) => {
  schedule
    .command('enable')
    .description('enable a schedule, from its next time on')
    .argument('<schedule>', idOrName)
    .addOption(jsonOption())
    .action((text: string, options: JsonOption) => switchSchedule('enableSchedule', text, options));
};

const addDisable: AddCommand = (schedule) => {
  schedule
    .command('disable')
    .description('disable a schedule; a request that it made goes on')
    .argument('<schedule>', idOrName)
    .addOption(jsonOption())
    .action((text: string, options: JsonOption) => switchSchedule('disableSchedule', text, options));
};

const addRemove: AddCommand = (schedule) => {
  schedule
    .command('remove')
    .description('remove a schedule; a request that it made goes on')
    .argument('<schedule>', idOrName)
    .action(removeSchedule);
};

const addNext: AddCommand = (schedule) => {
  schedule
    .command('next')
    .description('list the next times of a schedule')
    .argument('<schedule>', idOrName)
    .option('--count <n>', 'so many, at most 100', '10')
    .addOption(jsonOption())
    .action(listNext);
};

export const scheduleCommands: readonly AddCommand[] = [
  ...[addList, addAdd, addShow, addModify, addEnable, addDisable, addRemove, addNext],
];

const connect = async () => {
  const { connectService } = await import('../service/client.ts');
  const { findSchedule } = await import('./find-schedule.ts');
  const { describeSchedule } = await import('./describe-schedule.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  return { service: connectService(), findSchedule, describeSchedule, printAnswer };
};

async function addSchedule(
  mount: string,
  name: string,
  {
    json,
    database,
    archivedLogs,
    enable,
    ...options
  }: ScheduleOptions & JsonOption & { database: string; archivedLogs?: true; enable?: true },
): Promise<void> {
  const { service, describeSchedule, printAnswer } = await connect();
  const { findMountId } = await import('../service/find-mount.ts');
  const { cron = '0 * * * *', timeZone = zoneHere(), ...settings } = readSettings(options);
  const mountId = await findMountId(service, mount);
  const schedule = await service.call('addSchedule', {
    body: {
      ...{ mountId, database, name, cron, timeZone, ...settings },
      ...(archivedLogs && { content: 'archived-logs' as const }),
      ...(enable && { enabled: true }),
    },
  });
  printAnswer(schedule, { json }, describeSchedule(schedule));
}

async function modifySchedule(
  text: string,
  { json, ...options }: ScheduleOptions & JsonOption,
): Promise<void> {
  const { service, findSchedule, describeSchedule, printAnswer } = await connect();
  const { scheduleId, cron } = await findSchedule(service, text);
  const body = readSettings(options, namesFields(options) ? cron : undefined);
  const schedule = await service.call('changeSchedule', { params: { scheduleId }, body });
  printAnswer(schedule, { json }, describeSchedule(schedule));
}

async function showSchedule(text: string, options: JsonOption): Promise<void> {
  const { service, findSchedule, describeSchedule, printAnswer } = await connect();
  const schedule = await findSchedule(service, text);
  printAnswer(schedule, options, describeSchedule(schedule));
}

async function switchSchedule(
  route: 'enableSchedule' | 'disableSchedule',
  text: string,
  options: JsonOption,
): Promise<void> {
  const { service, findSchedule, describeSchedule, printAnswer } = await connect();
  const { scheduleId } = await findSchedule(service, text);
  const schedule = await service.call(route, { params: { scheduleId } });
  printAnswer(schedule, options, describeSchedule(schedule));
}

async function removeSchedule(text: string): Promise<void> {
  const { service, findSchedule } = await connect();
  const { scheduleId, name, database } = await findSchedule(service, text);
  await service.call('removeSchedule', { params: { scheduleId } });
  process.stdout.write(`schedule ${name} of ${database} is removed\n`);
}

async function listNext(
  text: string,
  { json, count }: JsonOption & { readonly count: string },
): Promise<void> {
  const { service, findSchedule, printAnswer } = await connect();
  const { scheduleId, enabled } = await findSchedule(service, text);
  const answer = await service.call('listScheduleTimes', { params: { scheduleId }, query: { count } });
  const lines = answer.items.map(({ at, wallTime }) => `${at}  ${wallTime}`);
  printAnswer(answer, { json }, [...lines, ...(enabled ? [] : ['it is disabled: none of these is made'])]);
}

async function listSchedules({
  store,
  database,
  json,
}: JsonOption & { readonly store?: string; readonly database?: string }): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const { describeLast, describeOrder } = await import('./describe-schedule.ts');
  const service = connectService();
  const of = { ...(store !== undefined && { storeId: store }), ...(database !== undefined && { database }) };
  await printRows(
    rowsOf((query) => service.call('listSchedules', { query: { ...query, ...of } })),
    [
      ['SCHEDULE', ({ scheduleId }) => scheduleId],
      ['DATABASE', (schedule) => schedule.database],
      ['NAME', ({ name }) => name],
      ['WHAT', describeOrder],
      ['CRON', ({ cron }) => cron],
      ['TIME ZONE', ({ timeZone }) => timeZone],
      ['NEXT', ({ enabled, nextAt }) => (enabled ? nextAt : 'disabled')],
      ['LAST', describeLast],
    ],
    { json, empty: 'there are no schedules' },
  );
}
