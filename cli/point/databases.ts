import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

export const addDatabases: AddCommand = (point) => {
  point
    .command('databases')
    .description('which databases a recovery point has files of, and the logs that say so')
    .argument('<id>', 'the recovery point')
    .addOption(jsonOption())
    .action(showDatabases);
};

async function showDatabases(recoveryPointId: string, { json }: { readonly json?: true }): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { forTerminal, inBytes, printRows } = await import('../service/print-rows.ts');
  const service = connectService();
  const params = { recoveryPointId };
  const read = (query: { cursor?: string }) => service.call('listPointDatabases', { params, query });
  const first = await read({});
  if (json) {
    process.stdout.write(`${JSON.stringify(first)}\n`);
    return;
  }
  await printRows(
    rowsOf(read),
    [
      ['DBID', ({ dbid }) => dbid],
      ['NAME', ({ name }) => name],
      ['UNIQUE NAME', ({ uniqueName }) => uniqueName],
      ['RECOVERABLE', ({ recoverability }) => recoverability?.recoverable],
      ['SETS', ({ backupSets }) => String(backupSets)],
      ['COPIES', ({ imageCopies }) => String(imageCopies)],
      ['PRESENT', ({ files }) => String(files.present)],
      ['MISSING', ({ files }) => String(files.missing)],
      ['CHANGED', ({ files }) => String(files.changed)],
      ['DAMAGED', ({ files }) => String(files.damaged)],
      ['ELSEWHERE', ({ files }) => String(files.elsewhere)],
      ['BY NAME', ({ inferredFiles }) => String(inferredFiles)],
    ],
    { json, empty: 'no log names a database, and no name of a file does' },
  );
  const { files, bytes } = first.additional;
  const lines = [
    '',
    ...first.logs.map(
      ({ fileName, status, isLate }) => `log ${fileName}: ${status}${isLate ? ', came late' : ''}`,
    ),
    ...(first.judgement ? [] : ['not judged: what can be restored is unknown']),
    `${files} additional files, ${inBytes(bytes)}; ${first.doubts} doubts`,
  ];
  process.stdout.write(lines.map((line) => `${forTerminal(line)}\n`).join(''));
}
