import { createInterface } from 'node:readline/promises';
import type { AddCommand } from '../add-command.ts';
import { dataOption, type FolderOptions } from './options.ts';

export const addReset: AddCommand = (local) => {
  local
    .command('reset')
    .description('remove everything that the local AWS has made in its data folder')
    .addOption(dataOption())
    .option('--yes', 'do not ask')
    .action(reset);
};

const reset = async ({ data, yes }: FolderOptions & { readonly yes?: true }): Promise<void> => {
  const { chooseLocalFolder } = await import('../../local/bare/local-folder.ts');
  const { resetLocalFolder } = await import('../../local/bare/reset.ts');
  const folder = chooseLocalFolder(data);
  const isRemoved = await resetLocalFolder(folder, async () => yes ?? (await ask(folder)));
  process.stdout.write(isRemoved ? `removed the data in ${folder}\n` : 'nothing was removed\n');
};

const ask = async (folder: string): Promise<boolean> => {
  if (!process.stdin.isTTY) throw new Error(`this would remove all data in ${folder}: say so with --yes`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`Remove all data in ${folder}? [y/N] `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
};
