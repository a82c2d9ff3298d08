import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

const finality =
  'Losing this key is final: without it nobody can read what is encrypted under it, neither you nor whoever runs the\n' +
  'service. Print its recovery kit now (holdfast key kit FILE) and keep it in two other places.\n';

export const addCreate: AddCommand = (key) => {
  key
    .command('create')
    .description('make a key that data keys of mounts are wrapped under; the file must be new')
    .argument('<file>', 'where to put it, readable for its owner only')
    .addOption(jsonOption())
    .action(async (file: string, { json }: { readonly json?: true }) => {
      const { newKey, writeKeyFile } = await import('../../gateway/encryption/key-file.ts');
      const made = newKey(new Date());
      await writeKeyFile(file, made);
      const { keyId, createdAt } = made;
      process.stdout.write(
        json ? `${JSON.stringify({ keyId, createdAt, file })}\n` : `${keyId} is in ${file}\n`,
      );
      process.stderr.write(finality);
    });
};
