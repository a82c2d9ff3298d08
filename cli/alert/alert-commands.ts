import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

interface ListOptions {
  readonly closed?: true;
  readonly json?: true;
}

const addList: AddCommand = (alert) => {
  alert
    .command('list')
    .description('list what somebody has to look at, the newest first')
    .option('--closed', 'what was mended instead')
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

async function listAlerts({ closed, json }: ListOptions): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const service = connectService();
  const state = closed ? 'closed' : 'open';
  await printRows(
    rowsOf((query) => service.call('listAlerts', { query: { ...query, state } })),
    [
      ['ID', ({ alertId }) => alertId],
      ['SEVERITY', ({ severity }) => severity],
      ['KIND', ({ kind }) => kind],
      ['SINCE', ({ raisedAt }) => raisedAt],
      ['UNTIL', ({ closedAt }) => closedAt],
      ['WHAT', ({ text }) => text],
    ],
    { json, empty: closed ? 'there are no closed alerts' : 'nothing is wrong that the service knows of' },
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
