import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import { UsageError } from '../usage-error.ts';

interface AddOptions {
  readonly point?: string;
  readonly mount?: string;
  readonly db?: string;
  readonly from?: string;
  readonly before?: string;
  readonly reason: string;
  readonly json?: true;
}

const addAdd: AddCommand = (hold) => {
  hold
    .command('add')
    .description('forbid the deletion of a point, a mount, a database, or of a time span of these')
    .option('--point <id>', 'one recovery point')
    .option('--mount <id>', 'the points of a mount')
    .option('--db <dbid>', 'the points with files of a database, on whatever mount')
    .option('--from <time>', 'only points taken then or later, such as 2026-01-31T12:00:00Z')
    .option('--before <time>', 'only points taken before')
    .requiredOption('--reason <text>', 'why, for those who meet it later')
    .addOption(jsonOption())
    .action(placeHold);
};

const addList: AddCommand = (hold) => {
  hold
    .command('list')
    .description('list holds, the newest first')
    .option('--all', 'lifted ones, too')
    .addOption(jsonOption())
    .action(listHolds);
};

const addLift: AddCommand = (hold) => {
  hold
    .command('lift')
    .description('lift a hold (admin)')
    .argument('<id>', 'the hold')
    .addOption(jsonOption())
    .action(liftHold);
};

export const holdCommands: readonly AddCommand[] = [addAdd, addList, addLift];

async function placeHold({ reason, json, ...options }: AddOptions): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const target = targetOf(options);
  const hold = await connectService().call('placeHold', { body: { target, reason } });
  printAnswer(hold, { json }, [`${hold.holdId} is in force`]);
}

/** Exactly one thing is held. */
function targetOf({ point, mount, db, ...span }: Omit<AddOptions, 'reason' | 'json'>) {
  if ([point, mount, db].filter((given) => given !== undefined).length !== 1) {
    throw new UsageError('say what to hold: exactly one of --point, --mount and --db');
  }
  const from = instantOf('--from', span.from);
  const before = instantOf('--before', span.before);
  const times = { ...(from && { from }), ...(before && { before }) };
  if (mount !== undefined) return { kind: 'mount' as const, mountId: mount, ...times };
  if (db !== undefined) return { kind: 'database' as const, databaseId: db, ...times };
  if (from !== undefined || before !== undefined) {
    throw new UsageError('--from and --before are for --mount and --db: a point has one time');
  }
  return { kind: 'point' as const, recoveryPointId: point ?? '' };
}

/** Only with a zone: a time that is read in another one would leave points out. */
function instantOf(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))$/.test(text)
    ? new Date(text)
    : undefined;
  if (time !== undefined && !Number.isNaN(time.getTime())) return time.toISOString();
  throw new UsageError(`${name} is no time with its zone: write it like 2026-01-31T12:00:00Z`);
}

async function listHolds({ all, json }: { readonly all?: true; readonly json?: true }): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const service = connectService();
  const holds = rowsOf((query) => service.call('listHolds', { query }));
  const wanted = all ? holds : onlyInForce(holds);
  await printRows(
    wanted,
    [
      ['ID', ({ holdId }) => holdId],
      ['KIND', ({ target }) => target.kind],
      ['OF', ({ target }) => nameOf(target)],
      ['FROM', ({ target }) => ('from' in target ? target.from : undefined)],
      ['BEFORE', ({ target }) => ('before' in target ? target.before : undefined)],
      ['PLACED', ({ placedAt }) => placedAt],
      ['BY', ({ placedBy }) => placedBy],
      ['LIFTED', ({ lifted }) => lifted?.at],
      ['REASON', ({ reason }) => reason],
    ],
    { json, empty: 'there are no holds' },
  );
}

async function* onlyInForce<Row extends { readonly lifted?: object | undefined }>(
  rows: AsyncIterable<Row>,
): AsyncGenerator<Row> {
  for await (const row of rows) if (row.lifted === undefined) yield row;
}

type Target =
  | { readonly kind: 'point'; readonly recoveryPointId: string }
  | { readonly kind: 'mount'; readonly mountId: string }
  | { readonly kind: 'database'; readonly databaseId: string };

function nameOf(target: Target): string {
  if (target.kind === 'point') return target.recoveryPointId;
  return target.kind === 'mount' ? target.mountId : target.databaseId;
}

async function liftHold(holdId: string, options: { readonly json?: true }): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const hold = await connectService().call('liftHold', { params: { holdId } });
  printAnswer(hold, options, [`${hold.holdId} is lifted since ${hold.lifted?.at}`]);
}
