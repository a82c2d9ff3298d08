import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import type { LogLine } from '../../local/bare/function-logs.ts';
import type { AddCommand } from '../add-command.ts';
import { dataOption, type FolderOptions, jsonOption } from './options.ts';

interface LogsOptions extends FolderOptions {
  readonly follow?: true;
  readonly since?: string;
  readonly json?: true;
}

export const addLogs: AddCommand = (local) => {
  local
    .command('logs')
    .description('what the functions have logged; of all functions when none is named')
    .argument('[function]', 'name of a function')
    .addOption(dataOption())
    .option(
      '--since <time>',
      'lines from then on: 90s, 10m, 2h, 1d ago, or a time such as 2026-01-31T12:00Z',
      readSince,
    )
    .option('--follow', 'go on with what comes, until Ctrl-C')
    .addOption(jsonOption())
    .action(showLogs);
};

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Answers an instant as logs have it. */
const readSince = (text: string): string => {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  // Without a zone the meaning would depend on this machine's.
  const isInstant = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const time = count !== undefined ? Date.now() - Number(count) * (UNIT_MS[unit] ?? 0) : Date.parse(text);
  if ((count !== undefined || isInstant) && !Number.isNaN(time)) return new Date(time).toISOString();
  throw new InvalidArgumentError('Give an age (90s, 10m, 2h, 1d) or a time in UTC (2026-01-31T12:00Z).');
};

const FOLLOW_MS = 200;

const showLogs = async (name: string | undefined, options: LogsOptions): Promise<void> => {
  const { chooseLocalFolder, requireOwnFolder } = await import('../../local/bare/local-folder.ts');
  const { FunctionLogs, listLoggedFunctions } = await import('../../local/bare/function-logs.ts');
  const folder = chooseLocalFolder(options.data);
  requireOwnFolder(folder);
  const known = listLoggedFunctions(folder);
  if (name !== undefined && !known.includes(name)) {
    if (!options.follow)
      throw new Error(`${name} has logged nothing; functions that have: ${known.join(', ') || 'none'}`);
    process.stderr.write(`holdfast: ${name} has logged nothing yet\n`);
  }
  const logs = new FunctionLogs(folder, name);
  const print = printer(name === undefined, options);
  print(logs.readNew());
  while (options.follow) {
    await sleep(FOLLOW_MS);
    print(logs.readNew());
  }
  logs.close();
};

const printer =
  (isNamed: boolean, { since = '', json }: LogsOptions) =>
  (lines: readonly LogLine[]): void => {
    for (const line of lines.filter(({ time }) => time >= since)) {
      const { time, functionName, message } = line;
      const text = isNamed ? `${time} ${functionName} ${message}` : `${time} ${message}`;
      process.stdout.write(json ? `${JSON.stringify(line)}\n` : `${text}\n`);
    }
  };
