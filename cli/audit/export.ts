import { once } from 'node:events';
import type { AddCommand } from '../add-command.ts';

export const addExport: AddCommand = (audit) => {
  audit
    .command('export')
    .description(
      'write the journal of a mount to standard output, one entry a line, exactly as the vault has it',
    )
    .argument('<mount>', 'its id')
    .action(exportJournal);
};

async function exportJournal(mountId: string): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const service = connectService();
  const entries = rowsOf((query) =>
    service.call('listJournal', { params: { mountId }, query: { limit: '1000', ...query } }),
  );
  for await (const { bytes } of entries) {
    if (!process.stdout.write(`${bytes}\n`)) await once(process.stdout, 'drain');
  }
}
