import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

interface JsonOption {
  readonly json?: true;
}

export const addList: AddCommand = (backup) => {
  backup
    .command('list')
    .description('the backups of a database, newest first')
    .argument('<database>', 'its name, DBID or id')
    .addOption(jsonOption())
    .action(list);
};

export const addShow: AddCommand = (backup) => {
  backup
    .command('show')
    .description('one backup with all that is known of it')
    .argument('<database>', 'its name, DBID or id')
    .argument('<backup>', 'its number, its name in full, or the id of its recovery point')
    .addOption(jsonOption())
    .action(show);
};

async function list(text: string, { json }: JsonOption): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const { findDatabaseId } = await import('./find-database.ts');
  const service = connectService();
  const databaseId = await findDatabaseId(service, text);
  await printRows(
    rowsOf((query) => service.call('getBackups', { params: { databaseId }, query })),
    [
      ['NUMBER', ({ bid }) => String(bid)],
      ['LEVEL', ({ level }) => level?.toString()],
      ['TIME (UTC)', ({ timestamp }) => timestamp],
      ['EXPIRES', ({ expire, expired }) => `${expire || 'never'}${expired ? ' (expired)' : ''}`],
      ['USABLE', ({ usable }) => (usable ? 'yes' : 'no')],
      ['NEEDS', ({ dependencies }) => (dependencies === '-' ? undefined : dependencies.join(','))],
      ['ADDED', ({ usage }) => usage],
      ['PATH', ({ path }) => path],
      ['COMMENT', ({ comment }) => comment || undefined],
    ],
    { json, empty: 'there is no backup of this database' },
  );
}

async function show(text: string, backupText: string, options: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const { yamlLines } = await import('../confd/yaml.ts');
  const { findBackup } = await import('./find-backup.ts');
  const { findDatabaseId } = await import('./find-database.ts');
  const service = connectService();
  const backup = await findBackup(service, await findDatabaseId(service, text), backupText);
  printAnswer(backup, options, yamlLines(backup));
}
