import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

export const addList: AddCommand = (db) => {
  db.command('list')
    .description('the databases that the service has backups of')
    .addOption(jsonOption())
    .action(listDatabases);
};

export const addShow: AddCommand = (db) => {
  db.command('show')
    .description('a database and the mounts that have backups of it')
    .argument('<dbid>', 'its DBID')
    .addOption(jsonOption())
    .action(showDatabase);
};

export const addPoints: AddCommand = (db) => {
  db.command('points')
    .description('the recovery points that have files of a database, newest first')
    .argument('<dbid>', 'its DBID')
    .addOption(jsonOption())
    .action(listPoints);
};

async function listDatabases({ json }: { readonly json?: true }): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const service = connectService();
  const rows = rowsOf((query) => service.call('listDatabases', { query }));
  await printRows(
    rows,
    [
      ['DBID', ({ databaseId }) => databaseId],
      ['NAME', ({ name }) => name],
      ['UNIQUE NAME', ({ uniqueName }) => uniqueName],
      ['PLATFORM', ({ platform }) => platform],
      ['VERSION', ({ version }) => version],
      ['MOUNTS', ({ mountIds }) => String(mountIds.length)],
      ['LAST POINT', ({ lastPointAt }) => lastPointAt],
    ],
    { json, empty: 'no recovery point has files of a database' },
  );
}

async function showDatabase(databaseId: string, { json }: { readonly json?: true }): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { forTerminal } = await import('../service/print-rows.ts');
  const database = await connectService().call('showDatabase', { params: { databaseId } });
  if (json) {
    process.stdout.write(`${JSON.stringify(database)}\n`);
    return;
  }
  const { mountIds, ...facts } = database;
  const lines = [
    ...Object.entries(facts).map(([name, value]) => `${name.padEnd(12)}  ${value}`),
    ...mountIds.map((mountId) => `${'mount'.padEnd(12)}  ${mountId}`),
  ];
  process.stdout.write(lines.map((line) => `${forTerminal(line)}\n`).join(''));
}

async function listPoints(databaseId: string, { json }: { readonly json?: true }): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { inBytes, printRows } = await import('../service/print-rows.ts');
  const service = connectService();
  const rows = rowsOf((query) => service.call('listPointsOfDatabase', { params: { databaseId }, query }));
  await printRows(
    rows,
    [
      ['RECOVERY POINT', ({ recoveryPointId }) => recoveryPointId],
      ['TAKEN', ({ takenAt }) => takenAt],
      ['STATE', ({ state }) => state],
      ['RECOVERABLE', ({ recoverable }) => recoverable],
      ['EXPIRES', ({ expiresAt }) => expiresAt],
      ['SIZE', ({ totals }) => inBytes(totals.bytes)],
      ['MOUNT', ({ mountId }) => mountId],
      ['WARNINGS', ({ warnings }) => warnings?.map(({ code }) => code).join(',')],
    ],
    { json, empty: 'all its recovery points are gone' },
  );
}
