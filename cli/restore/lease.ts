import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

export const addExtend: AddCommand = (restore) => {
  restore
    .command('extend')
    .description('let staged files, or a clone, stay for longer')
    .argument('<restore>', 'its id')
    .requiredOption('--lease <time>', 'from now on, such as "14d" or "1d 12h"')
    .addOption(jsonOption())
    .action(async (restoreId: string, { lease, json }: { readonly lease: string; readonly json?: true }) => {
      const { connectService } = await import('../service/client.ts');
      const { printRestore } = await import('./show.ts');
      const call = { params: { restoreId }, body: { lease } };
      await printRestore(await connectService().call('renewLease', call), json);
    });
};

export const addDrop: AddCommand = (restore) => {
  restore
    .command('drop')
    .description(
      'end the lease of staged files, or of a clone, now: they are removed with all that was written there',
    )
    .argument('<restore>', 'its id')
    .addOption(jsonOption())
    .action(async (restoreId: string, { json }: { readonly json?: true }) => {
      const { connectService } = await import('../service/client.ts');
      const { printRestore } = await import('./show.ts');
      await printRestore(await connectService().call('dropStagedFiles', { params: { restoreId } }), json);
    });
};
