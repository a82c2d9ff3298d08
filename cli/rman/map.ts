import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

export const addMap: AddCommand = (rman) => {
  rman
    .command('map')
    .description('which files of which database an RMAN log says were backed up')
    .argument('<file>', 'the log, plain or gzip; - for standard input')
    .addOption(jsonOption())
    .action(showMap);
};

const showMap = async (file: string, { json }: { readonly json?: true }): Promise<void> => {
  const { readLog } = await import('./read-log.ts');
  const { tableOf } = await import('./table.ts');
  const log = await readLog(file);
  process.stdout.write(json ? `${JSON.stringify(log.map)}\n` : tableOf(log));
};
