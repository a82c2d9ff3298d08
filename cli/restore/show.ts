import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import type { ShownRestore } from './describe-restore.ts';

export const addList: AddCommand = (restore) => {
  restore
    .command('list')
    .description('restores, newest first')
    .option('--mount <id>', 'of this mount only')
    .addOption(jsonOption())
    .action(listRestores);
};

export const addShow: AddCommand = (restore) => {
  restore
    .command('show')
    .description('a restore: how far it is, or what came of it')
    .argument('<restore>', 'its id')
    .addOption(jsonOption())
    .action(async (restoreId: string, { json }: { readonly json?: true }) => {
      const { connectService } = await import('../service/client.ts');
      const { nextSteps } = await import('./next-steps.ts');
      const service = connectService();
      const restore = await service.call('showRestore', { params: { restoreId } });
      await printRestore(restore, json);
      if (!json) await printLines(await nextSteps(service, restore));
    });
};

export const addCancel: AddCommand = (restore) => {
  restore
    .command('cancel')
    .description('end a running restore; what is half staged is removed')
    .argument('<restore>', 'its id')
    .addOption(jsonOption())
    .action(async (restoreId: string, { json }: { readonly json?: true }) => {
      const { connectService } = await import('../service/client.ts');
      await printRestore(await connectService().call('cancelRestore', { params: { restoreId } }), json);
    });
};

export async function printRestore(restore: ShownRestore, json: true | undefined): Promise<void> {
  const { describeRestore } = await import('./describe-restore.ts');
  if (json) process.stdout.write(`${JSON.stringify(restore)}\n`);
  else await printLines(describeRestore(restore));
}

async function printLines(lines: readonly string[]): Promise<void> {
  const { forTerminal } = await import('../service/print-rows.ts');
  process.stdout.write(lines.map((line) => `${forTerminal(line)}\n`).join(''));
}

async function listRestores(options: { readonly mount?: string; readonly json?: true }): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const { progressText } = await import('./describe-restore.ts');
  const service = connectService();
  const ofMount = options.mount === undefined ? {} : { mountId: options.mount };
  const rows = rowsOf((query) => service.call('listRestores', { query: { ...query, ...ofMount } }));
  await printRows(
    rows,
    [
      ['RESTORE', ({ restoreId }) => restoreId],
      ['STATE', ({ state }) => state],
      ['RECOVERY POINT', ({ recoveryPointId }) => recoveryPointId],
      ['JOB', ({ jobId }) => String(jobId)],
      ['ORDERED', ({ requestedAt }) => requestedAt],
      ['PROGRESS', (restore) => restore.reason ?? progressText(restore)],
    ],
    { json: options.json, empty: 'no restores' },
  );
}
