import { Option } from 'commander';
import type { CallAnswer } from '../../shared/contracts/calls.ts';
import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import type { Columns } from '../service/print-rows.ts';

type Alert = CallAnswer<'showAlert'>;

interface ListOptions {
  readonly closed?: true;
  readonly all?: true;
  readonly json?: true;
}

const addList: AddCommand = (alert) => {
  alert
    .command('list')
    .description('list what somebody has to look at, the newest first')
    .addOption(new Option('--closed', 'what was mended instead').conflicts('all'))
    .option('--all', 'what is open, then what was mended: the history')
    .addOption(jsonOption())
    .action(listAlerts);
};

const addShow: AddCommand = (alert) => {
  alert
    .command('show')
    .description('show an alert, and what to do about it')
    .argument('<id>', 'the alert')
    .addOption(jsonOption())
    .action(showAlert);
};

export const alertCommands: readonly AddCommand[] = [addList, addShow];

async function listAlerts({ closed, all, json }: ListOptions): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const service = connectService();
  const of = (state: 'open' | 'closed') =>
    rowsOf((query) => service.call('listAlerts', { query: { ...query, state } }));
  const empty = all
    ? 'nothing was ever wrong that the service knows of'
    : closed
      ? 'there are no closed alerts'
      : 'nothing is wrong that the service knows of';
  async function* rows() {
    if (!closed) yield* of('open');
    if (closed || all) yield* of('closed');
  }
  const stateColumn: Columns<Alert> = all ? [['STATE', (alert) => alert.state]] : [];
  await printRows<Alert>(
    rows(),
    [
      ['ID', ({ alertId }) => alertId],
      ...stateColumn,
      ['SEVERITY', ({ severity }) => severity],
      ['KIND', ({ kind }) => kind],
      ['SINCE', ({ raisedAt }) => raisedAt],
      ['UNTIL', ({ closedAt }) => closedAt],
      ['WHAT', ({ text }) => text],
    ],
    { json, empty },
  );
}

async function showAlert(alertId: string, options: { readonly json?: true }): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const alert = await connectService().call('showAlert', { params: { alertId } });
  const { severity, kind, text, hint, raisedAt, closedAt, mails } = alert;
  printAnswer(alert, options, [
    `${severity}: ${text}`,
    `what to do: ${hint}`,
    `${kind}, since ${raisedAt}${closedAt ? `, mended at ${closedAt}` : ''}; mails sent: ${mails}`,
  ]);
}
