import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

interface JsonOption {
  readonly json?: true;
}

export const addBackupCreate: AddCommand = (trove) => {
  trove
    .command('backup-create')
    .description('create a backup of an instance')
    .argument('<instance>', 'a mount, or a database as sto-….NAME')
    .argument('<name>', 'what the backup is called')
    .option('--description <text>', 'what it is for')
    .option('--parent <backup>', 'an incremental on this backup, which has no other child')
    .option('--incremental', 'an incremental on the newest backup; full where there is none')
    .addOption(jsonOption())
    .action(createBackup);
};

export const addCreate: AddCommand = (trove) => {
  trove
    .command('create')
    .description('bring a backup back as an instance: a named clone of its files, from which RMAN restores')
    .argument('<name>', 'what the clone is called')
    .requiredOption('--backup <backup>', 'a completed backup')
    .addOption(jsonOption())
    .action(createInstance);
};

interface CreateOptions extends JsonOption {
  readonly description?: string;
  readonly parent?: string;
  readonly incremental?: true;
}

async function createBackup(
  text: string,
  name: string,
  { description, parent, incremental, ...options }: CreateOptions,
): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printBackup } = await import('./print-backup.ts');
  const { findInstanceId } = await import('./find-instance.ts');
  const service = connectService();
  const instance = await findInstanceId(service, text);
  const { backup } = await service.call('createBackup', {
    body: {
      ...{ name, instance },
      ...(description !== undefined && { description }),
      ...(parent !== undefined && { parent_id: parent }),
      ...(incremental && { incremental: 1 as const }),
    },
  });
  printBackup(backup, options);
}

async function createInstance(
  name: string,
  { backup: backupId, ...options }: JsonOption & { readonly backup: string },
): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const service = connectService();
  const { backup } = await service.call('showBackup', { params: { backupId } });
  const { recovery_point_id: recoveryPointId, status } = backup;
  if (recoveryPointId === null || status !== 'COMPLETED') {
    throw new Error(
      `BACKUP_NOT_COMPLETE: backup ${backupId} is ${status}: nothing can be restored from it yet`,
    );
  }
  const clone = await service.call('createClone', { params: { recoveryPointId }, body: { name } });
  printAnswer(clone, options, [
    `clone ${name} of backup ${backup.name} is on its way (${clone.restoreId}):`,
    `  holdfast restore watch ${clone.restoreId}`,
    `  holdfast restore script ${recoveryPointId} --database … --staged-at …`,
  ]);
}
