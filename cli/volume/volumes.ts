import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import type { findVolume } from './find-volume.ts';

interface JsonOption {
  readonly json?: true;
}

export const addList: AddCommand = (volume) => {
  volume
    .command('list')
    .description('the archive volumes that backups go to')
    .addOption(jsonOption())
    .action(list);
};

const addInfo: AddCommand = (volume) => {
  volume
    .command('info')
    .description('one archive volume')
    .argument('<volume>', 'its id or its name')
    .addOption(jsonOption())
    .action(info);
};

export const volumeCommands: readonly AddCommand[] = [addList, addInfo];

async function list({ json }: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const { items } = await connectService().call('listVolumes', {});
  await printRows(
    items,
    [
      ['ID', ({ id }) => String(id)],
      ['NAME', ({ name }) => name],
      ['TYPE', ({ type }) => type],
    ],
    { json, empty: 'there is no volume' },
  );
}

/** A line a field; the archive's as `archive class`, and so on. */
const describe = ({ archive, ...volume }: Awaited<ReturnType<typeof findVolume>>): string[] => [
  ...Object.entries(volume).map(([name, value]) => `${name}: ${value}`),
  ...Object.entries(archive ?? {}).map(([name, value]) => `archive ${name}: ${value}`),
];

async function info(text: string, options: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const { findVolume } = await import('./find-volume.ts');
  const volume = await findVolume(connectService(), text);
  printAnswer(volume, options, describe(volume));
}
