import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import { describeRequest } from './describe-request.ts';
import { addStart } from './start.ts';

interface JsonOption {
  readonly json?: true;
}

const addShow: AddCommand = (request) => {
  request
    .command('show')
    .description('show a request, how far it is and what it wrote')
    .argument('<id>', 'the request')
    .addOption(jsonOption())
    .action(showRequest);
};

const addList: AddCommand = (request) => {
  request
    .command('list')
    .description('list requests, the newest first')
    .option('--store <id>', 'of one database: its store')
    .option('--database <name>', 'of one database: its name on that store')
    .addOption(jsonOption())
    .action(listRequests);
};

const addAbort: AddCommand = (request) => {
  request
    .command('abort')
    .description('end a request; nothing of it stays')
    .argument('<id>', 'the request')
    .addOption(jsonOption())
    .action(abortRequest);
};

export const requestCommands: readonly AddCommand[] = [addStart, addShow, addList, addAbort];

async function showRequest(requestId: string, options: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const request = await connectService().call('showRequest', { params: { requestId } });
  printAnswer(request, options, describeRequest(request));
}

async function abortRequest(requestId: string, options: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const request = await connectService().call('abortRequest', { params: { requestId } });
  printAnswer(request, options, describeRequest(request));
}

async function listRequests({
  store,
  database,
  json,
}: JsonOption & { readonly store?: string; readonly database?: string }): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const service = connectService();
  const of = { ...(store !== undefined && { storeId: store }), ...(database !== undefined && { database }) };
  const rows = rowsOf((query) => service.call('listRequests', { query: { ...query, ...of } }));
  await printRows(
    rows,
    [
      ['REQUEST', ({ requestId }) => requestId],
      ['DATABASE', (request) => request.database],
      ['LEVEL', ({ level }) => (level === undefined ? 'logs' : String(level))],
      ['STATE', ({ state }) => state],
      ['DONE', ({ progress }) => `${progress.percent} %`],
      ['REQUESTED', ({ requestedAt }) => requestedAt],
      ['REASON', ({ reason }) => reason],
    ],
    { json, empty: 'no backup has been requested' },
  );
}
