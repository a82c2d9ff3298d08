import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

export const addAdditional: AddCommand = (point) => {
  point
    .command('additional')
    .description('the files of a recovery point that no database claims')
    .argument('<id>', 'the recovery point')
    .addOption(jsonOption())
    .action(showAdditional);
};

export const addDoubts: AddCommand = (point) => {
  point
    .command('doubts')
    .description('what is not certain about the files of a recovery point')
    .argument('<id>', 'the recovery point')
    .addOption(jsonOption())
    .action(showDoubts);
};

async function showAdditional(recoveryPointId: string, { json }: { readonly json?: true }): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { inBytes, printRows } = await import('../service/print-rows.ts');
  const service = connectService();
  const rows = rowsOf((query) => service.call('listAdditionalFiles', { params: { recoveryPointId }, query }));
  await printRows(
    rows,
    [
      ['FILE', ({ path, pathBase64 }) => path ?? `base64:${pathBase64}`],
      ['SIZE', ({ sizeBytes }) => (sizeBytes === undefined ? undefined : inBytes(sizeBytes))],
      ['MODIFIED', ({ modifiedAt }) => modifiedAt],
    ],
    { json, empty: 'no additional files' },
  );
}

async function showDoubts(recoveryPointId: string, { json }: { readonly json?: true }): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const service = connectService();
  const rows = rowsOf((query) => service.call('listFileMapDoubts', { params: { recoveryPointId }, query }));
  await printRows(
    rows,
    [
      ['DOUBT', ({ code }) => code],
      ['ABOUT', ({ path }) => path],
      ['WHAT', ({ text }) => text],
    ],
    { json, empty: 'no doubts' },
  );
}
