import type { AddCommand } from '../add-command.ts';

/** No key is longer, in whatever text it comes. */
const maxKitBytes = 64 * 1024;

export const addKit: AddCommand = (key) => {
  key
    .command('kit')
    .description('print the recovery kit of a key file: the key itself, to be kept on paper')
    .argument('<file>')
    .action(async (file: string) => {
      const { readKeyFile } = await import('../../gateway/encryption/key-file.ts');
      const { printKit } = await import('../../gateway/encryption/recovery-kit.ts');
      process.stdout.write(printKit(await readKeyFile(file)));
    });
};

export const addImport: AddCommand = (key) => {
  key
    .command('import')
    .description('make the key file again from a recovery kit, which is read from standard input')
    .argument('<file>', 'where to put it; must be new')
    .action(async (file: string) => {
      const { writeKeyFile } = await import('../../gateway/encryption/key-file.ts');
      const { readKit } = await import('../../gateway/encryption/recovery-kit.ts');
      const found = readKit(await readInput(), new Date());
      await writeKeyFile(file, found);
      process.stdout.write(`${found.keyId} is in ${file}\n`);
    });
};

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    chunks.push(Buffer.from(chunk));
    length += chunks.at(-1)?.length ?? 0;
    if (length > maxKitBytes) throw new Error('this is no recovery kit: it is far too long');
  }
  return Buffer.concat(chunks).toString();
}
