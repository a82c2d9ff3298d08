import type { AddCommand } from '../add-command.ts';

/** `holdfast restore` alone: asks everything, on a terminal. */
export const addGuided: AddCommand = (restore) => {
  restore
    .addHelpText('after', '\nWithout a command, on a terminal, it asks what to restore.')
    .allowExcessArguments()
    .action(async () => {
      const [unknown] = restore.args;
      if (unknown !== undefined) restore.error(`error: unknown command '${unknown}'`);
      const { isSomebodyThere } = await import('./asker.ts');
      if (!isSomebodyThere()) restore.help({ error: true });
      const { connectService } = await import('../service/client.ts');
      const { askOn } = await import('./asker.ts');
      const { restoreGuided } = await import('./restore-guided.ts');
      const asker = askOn(process.stdin, process.stdout);
      try {
        await restoreGuided(connectService(), asker);
      } finally {
        asker.close();
      }
    });
};
