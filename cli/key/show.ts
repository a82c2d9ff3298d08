import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

export const addShow: AddCommand = (key) => {
  key
    .command('show')
    .description('the name of a key file, by which errors and configurations call it; never its secret')
    .argument('<file>')
    .addOption(jsonOption())
    .action(async (file: string, { json }: { readonly json?: true }) => {
      const { readKeyFile } = await import('../../gateway/encryption/key-file.ts');
      const { keyId, createdAt } = await readKeyFile(file);
      process.stdout.write(
        json ? `${JSON.stringify({ keyId, createdAt, file })}\n` : `${keyId}, made ${createdAt}\n`,
      );
    });
};
