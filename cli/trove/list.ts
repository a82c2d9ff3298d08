import type { CallAnswer } from '../../shared/contracts/calls.ts';
import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import type { ServiceClient } from '../service/client.ts';

interface ListOptions {
  readonly limit?: string;
  readonly marker?: string;
  readonly datastore?: string;
  readonly json?: true;
}

export const addBackupList: AddCommand = (trove) => {
  trove
    .command('backup-list')
    .description('backups, newest first: one page, and how to get the next')
    .option('--limit <number>', 'how many (default: 20)')
    .option('--marker <marker>', 'of the page before')
    .option('--datastore <type>', 'only of this kind: oracle')
    .addOption(jsonOption())
    .action((options: ListOptions) => list(undefined, options));
};

export const addBackupListInstance: AddCommand = (trove) => {
  trove
    .command('backup-list-instance')
    .description('the backups of an instance, newest first')
    .argument('<instance>', 'a mount, or a database as sto-….NAME')
    .option('--limit <number>', 'how many (default: 20)')
    .option('--marker <marker>', 'of the page before')
    .addOption(jsonOption())
    .action(list);
};

export const addBackupShow: AddCommand = (trove) => {
  trove
    .command('backup-show')
    .description('one backup with all its fields')
    .argument('<backup>', 'its id')
    .addOption(jsonOption())
    .action(show);
};

export const addBackupDelete: AddCommand = (trove) => {
  trove
    .command('backup-delete')
    .description(
      'delete a backup with all that builds on it; until the undo window ends they can be brought back',
    )
    .argument('<backup>', 'its id')
    .addOption(jsonOption())
    .action(remove);
};

async function list(instance: string | undefined, { json, ...options }: ListOptions): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const service = connectService();
  const { backups, links } = await readPage(service, instance, options);
  await printRows(
    backups,
    [
      ['ID', ({ id }) => id],
      ['INSTANCE', ({ instance_id: id }) => id],
      ['NAME', ({ name }) => name],
      ['STATUS', ({ status, deleted }) => `${status}${deleted ? ' (deleted)' : ''}`],
      ['PARENT', ({ parent_id: id }) => id ?? undefined],
      ['SIZE', ({ size }) => (size === null ? undefined : `${size} GB`)],
      ['UPDATED', ({ updated }) => updated],
    ],
    { json, empty: 'there is no backup' },
  );
  const [next] = links;
  const marker = next && new URLSearchParams(next.href.split('?')[1]).get('marker');
  // Beside the rows: whoever reads them as JSON reads nothing else.
  if (marker) process.stderr.write(`more with --marker ${marker}\n`);
}

type Page = CallAnswer<'listBackups'>;

async function readPage(
  service: ServiceClient,
  instance: string | undefined,
  options: Omit<ListOptions, 'json'>,
): Promise<Page> {
  const { findInstanceId } = await import('./find-instance.ts');
  const id = instance === undefined ? {} : { instance_id: await findInstanceId(service, instance) };
  return service.call('listBackups', { query: { ...options, ...id } });
}

async function show(backupId: string, options: { readonly json?: true }): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printBackup } = await import('./print-backup.ts');
  const { backup } = await connectService().call('showBackup', { params: { backupId } });
  printBackup(backup, options);
}

async function remove(backupId: string, options: { readonly json?: true }): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const { backup } = await connectService().call('deleteBackup', { params: { backupId } });
  const undo =
    backup.recovery_point_id === null ? [] : [`  holdfast point undelete ${backup.recovery_point_id}`];
  printAnswer(backup, options, [
    `backup ${backup.id} (${backup.name}) is ${backup.deleted ? 'marked for deletion; to bring it back:' : backup.status}`,
    ...undo,
  ]);
}
