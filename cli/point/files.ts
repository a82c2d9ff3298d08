import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import type { ServiceClient } from '../service/client.ts';
import type { MappedFileRow } from './file-columns.ts';

export const addFiles: AddCommand = (point) => {
  point
    .command('files')
    .description('the files of a recovery point by database: set, piece, level, tag, time')
    .argument('<id>', 'the recovery point')
    .option('--database <dbid>', 'of this database only; unknown for those without one')
    .addOption(jsonOption())
    .action(showFiles);
};

export const addMissing: AddCommand = (point) => {
  point
    .command('missing')
    .description('the files that the logs of a recovery point name and its snapshot lacks')
    .argument('<id>', 'the recovery point')
    .addOption(jsonOption())
    .action(showMissing);
};

async function showFiles(
  recoveryPointId: string,
  { database, json }: { readonly database?: string; readonly json?: true },
): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const { fileColumns } = await import('./file-columns.ts');
  const rows = await filesOf(connectService(), recoveryPointId, database);
  const empty =
    database === undefined ? 'no file of any database' : `no file of a database with DBID ${database}`;
  await printRows(rows, [['DBID', ({ dbid }) => dbid], ...fileColumns], { json, empty });
}

/** Of one database, or of all, database after database. */
async function filesOf(service: ServiceClient, recoveryPointId: string, database: string | undefined) {
  const { rowsOf } = await import('../service/client.ts');
  const ofDatabase = (dbid: string) =>
    rowsOf((query) => service.call('listDatabaseFiles', { params: { recoveryPointId, dbid }, query }));
  async function* ofAll(): AsyncGenerator<MappedFileRow> {
    const params = { recoveryPointId };
    const databases = rowsOf((query) => service.call('listPointDatabases', { params, query }));
    for await (const { dbid } of databases) yield* ofDatabase(dbid);
  }
  return database === undefined ? ofAll() : ofDatabase(database);
}

async function showMissing(recoveryPointId: string, { json }: { readonly json?: true }): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const { fileColumns } = await import('./file-columns.ts');
  const service = connectService();
  const rows = rowsOf((query) => service.call('listMissingFiles', { params: { recoveryPointId }, query }));
  await printRows(rows, [['DBID', ({ dbid }) => dbid], ...fileColumns], {
    json,
    empty: 'nothing is missing: the snapshot has all files that its logs name',
  });
}
