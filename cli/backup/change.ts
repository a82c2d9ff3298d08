import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

interface JsonOption {
  readonly json?: true;
}

export const addExpire: AddCommand = (backup) => {
  backup
    .command('expire')
    .description('change when a backup may be cleaned up')
    .argument('<database>', 'its name, DBID or id')
    .argument('<backup>', 'its number, its name in full, or the id of its recovery point')
    .argument('<when>', '"1w 3d" from the backup on, "YYYY-MM-DD hh:mm:ss" in UTC, or never')
    .addOption(jsonOption())
    .action(changeExpiration);
};

export const addDelete: AddCommand = (backup) => {
  backup
    .command('delete')
    .description('mark a backup for deletion; until its undo window ends it can be brought back')
    .argument('<database>', 'its name, DBID or id')
    .argument('<backup>', 'its number, its name in full, or the id of its recovery point')
    .addOption(jsonOption())
    .action(deleteBackup);
};

export const addDeleteUnusable: AddCommand = (backup) => {
  backup
    .command('delete-unusable')
    .description('mark the backups for deletion that have lost their base for good')
    .argument('<database>', 'its name, DBID or id')
    .addOption(jsonOption())
    .action(deleteUnusable);
};

async function changeExpiration(
  text: string,
  backupText: string,
  when: string,
  options: JsonOption,
): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const { findBackup } = await import('./find-backup.ts');
  const { findDatabaseId } = await import('./find-database.ts');
  const service = connectService();
  const databaseId = await findDatabaseId(service, text);
  const { recoveryPointId: backupId } = await findBackup(service, databaseId, backupText);
  const body = /^\d{4}-/.test(when) ? { expireTime: when } : { expire: when };
  const changed = await service.call('changeBackupExpiration', { params: { databaseId, backupId }, body });
  const until = changed.expire === '' ? 'never expires' : `expires at ${changed.expire} UTC`;
  printAnswer(changed, options, [`${changed.path} ${until}`]);
}

async function deleteBackup(text: string, backupText: string, options: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const { findBackup } = await import('./find-backup.ts');
  const { findDatabaseId } = await import('./find-database.ts');
  const service = connectService();
  const databaseId = await findDatabaseId(service, text);
  const { recoveryPointId: backupId, path } = await findBackup(service, databaseId, backupText);
  const removed = await service.call('removeBackup', { params: { databaseId, backupId } });
  printAnswer(removed, options, [
    `${path} is ${removed.state}; it can be brought back until ${removed.reclaimAfter}:`,
    `  holdfast point undelete ${backupId}`,
  ]);
}

async function deleteUnusable(text: string, options: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const { findDatabaseId } = await import('./find-database.ts');
  const { sweepUnusable } = await import('./sweep-unusable.ts');
  const service = connectService();
  const total = await sweepUnusable(service, await findDatabaseId(service, text));
  printAnswer(total, options, [
    `${total.deleted.length} backups wait for their deletion, ${total.kept.length} unusable ones are kept`,
    ...total.deleted.map(({ bid, recoveryPointId }) => `  ${bid} (${recoveryPointId}) is marked`),
    ...total.kept.map(({ bid, why }) => `  ${bid} stays: ${why}`),
  ]);
}
