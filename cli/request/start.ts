import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import { UsageError } from '../usage-error.ts';

interface StartOptions {
  readonly database: string;
  readonly level?: string;
  readonly parent?: string;
  readonly incremental?: true;
  readonly archivedLogs?: true;
  readonly name?: string;
  readonly description?: string;
  readonly expire?: string;
  readonly windowEnds?: string;
  readonly json?: true;
}

export const addStart: AddCommand = (request) => {
  request
    .command('start')
    .description('request a backup of a database from the agent of its store')
    .argument('<mount>', 'the mount that it goes to: its id, its name, or STORE/NAME')
    .requiredOption('--database <name>', 'as the configuration of the gateway names it')
    .option('--level <n>', '0 is full, 1 to 9 hold what changed since the level below; for Oracle 0 and 1')
    .option('--parent <id>', 'an incremental on this recovery point, which must have no child')
    .option('--incremental', 'an incremental on the newest backup')
    .option('--archived-logs', 'archived logs alone')
    .option('--name <text>', 'for people')
    .option('--description <text>', 'for people')
    .option('--expire <length>', 'of the recovery point, such as "2w 3d" or never; else that of the mount')
    .option(
      '--window-ends <time>',
      'until then it waits for a store that is silent, e.g. 2026-01-31T12:00:00Z',
    )
    .addOption(jsonOption())
    .action(startRequest);
};

async function startRequest(mount: string, { json, ...options }: StartOptions): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { findMountId } = await import('../service/find-mount.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const { describeRequest } = await import('./describe-request.ts');
  const order = orderOf(options);
  const service = connectService();
  const mountId = await findMountId(service, mount);
  const { database, name, description, expire, windowEnds, archivedLogs } = options;
  const request = await service.call('createRequest', {
    params: { mountId },
    body: {
      database,
      ...(order && { order }),
      ...(archivedLogs && { content: 'archived-logs' as const }),
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      ...(expire !== undefined && { expire }),
      ...(windowEnds !== undefined && { windowEndsAt: instantOf(windowEnds) }),
    },
  });
  printAnswer(request, { json }, [
    ...describeRequest(request),
    `  holdfast request show ${request.requestId}`,
  ]);
}

function orderOf({ level, parent, incremental }: StartOptions) {
  const given = level === undefined ? undefined : levelOf(level);
  if (incremental && (given !== undefined || parent !== undefined)) {
    throw new UsageError('--incremental builds on the newest backup: leave --level and --parent out');
  }
  if (incremental) return { incremental: true as const };
  if (parent !== undefined) return { parentId: parent, ...(given !== undefined && { level: given }) };
  return given === undefined ? undefined : { level: given };
}

function levelOf(text: string): number {
  if (/^[0-9]$/.test(text)) return Number(text);
  throw new UsageError(`--level is "${text}": a level is 0 to 9`);
}

function instantOf(text: string): string {
  const time = /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text)
    ? new Date(text)
    : new Date(Number.NaN);
  if (Number.isNaN(time.getTime())) {
    throw new UsageError(
      `--window-ends is "${text}": write a time with its zone, such as 2026-01-31T12:00:00Z`,
    );
  }
  return time.toISOString();
}
