import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

export const addRecoveryWindow: AddCommand = (db) => {
  db.command('recovery-window')
    .description('what can be restored of a database, point by point, newest first')
    .argument('<dbid>', 'its DBID')
    .addOption(jsonOption())
    .action(showWindows);
};

export const addRecoveryPointFor: AddCommand = (db) => {
  db.command('recovery-point-for')
    .description(
      'the point to restore so as to bring a database to a moment; exits with 1 when there is none',
    )
    .argument('<dbid>', 'its DBID')
    .requiredOption('--time <instant>', 'the moment in UTC, like 2026-01-31T12:00:00Z')
    .option('--host-offset <offset>', "the database host's offset from UTC at that time, like +02:00")
    .addOption(jsonOption())
    .action(findPoint);
};

interface Window {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly through: readonly { readonly thread: number; readonly sequence: number }[];
  readonly isConsistent?: true | undefined;
}

/** Times are the database host's. Where none is certain the logs say how far it goes. */
function spanOf({ from, to, through, isConsistent }: Window): string {
  if (isConsistent) return 'as backed up, closed';
  const logs = through.map(({ thread, sequence }) => `thread ${thread} to log ${sequence}`).join(', ');
  return from !== undefined && to !== undefined && from <= to ? `${from} to ${to}, ${logs}` : logs;
}

async function showWindows(databaseId: string, { json }: { readonly json?: true }): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const service = connectService();
  const rows = rowsOf((query) => service.call('listRecoveryWindows', { params: { databaseId }, query }));
  await printRows(
    rows,
    [
      ['RECOVERY POINT', ({ recoveryPointId }) => recoveryPointId],
      ['TAKEN', ({ takenAt }) => takenAt],
      ['RECOVERABLE', ({ recoverable }) => recoverable],
      ['TO (HOST TIME)', ({ windows }) => windows.map(spanOf).join('; ') || undefined],
      ['WHY', ({ reasons }) => reasons.map(({ code }) => code).join(',') || undefined],
      ['LACKS', ({ lacksFileCount }) => (lacksFileCount === 0 ? undefined : String(lacksFileCount))],
      ['NEXT', ({ advice }) => advice[0]],
    ],
    { json, empty: 'all its recovery points are gone' },
  );
}

interface Target {
  readonly time: string;
  readonly hostOffset?: string;
  readonly json?: true;
}

async function findPoint(databaseId: string, { time, hostOffset, json }: Target): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { forTerminal } = await import('../service/print-rows.ts');
  const query = { time: readTime(time), ...(hostOffset !== undefined && { hostOffset }) };
  const answer = await connectService().call('findRecoveryPointFor', { params: { databaseId }, query });
  if (answer.outcome === 'none') process.exitCode = 1;
  if (json) {
    process.stdout.write(`${JSON.stringify(answer)}\n`);
    return;
  }
  const { recoveryPoint, text } = answer;
  const lines = [
    ...(recoveryPoint
      ? [`${recoveryPoint.recoveryPointId}  taken ${recoveryPoint.takenAt} on ${recoveryPoint.mountId}`]
      : []),
    text,
    ...(recoveryPoint?.windows ?? []).map((window) => `  ${spanOf(window)}`),
    ...(recoveryPoint?.reasons ?? []).map((reason) => `  ${reason.code}: ${reason.text}`),
  ];
  process.stdout.write(lines.map((line) => `${forTerminal(line)}\n`).join(''));
}

/** Seconds may be without their fraction; the service wants it. Anything else it refuses by itself. */
const readTime = (text: string): string => text.replace(/^(\S+:\d{2}:\d{2})Z$/, '$1.000Z');
