import { type Command, CommanderError, Option } from 'commander';
import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import type { ServiceClient } from '../service/client.ts';

/** As monitoring reads exit codes. */
const exitCodes = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const;

interface CheckOptions {
  readonly warning?: string;
  readonly critical?: string;
  readonly json?: true;
}

/** `holdfast snapshot checkage MOUNT`. */
export const addCheckAge: AddCommand = (snapshot) => {
  const command = snapshot
    .command('checkage')
    .description(
      'how old the newest recovery point of a mount is, as an exit code: 0 fine, 1 warning, 2 critical, 3 unknown',
    )
    .argument('<mount>', 'id or name of the mount, or STORE/MOUNT')
    .action((mount: string, options: CheckOptions) =>
      check((service, query) => ageOfMount(service, mount, query), options),
    );
  addCheckOptions(command);
};

/** With the ages of the mount's policy. */
export const checkMount = (mount: string): Promise<void> =>
  check((service, query) => ageOfMount(service, mount, query), {});

/** `holdfast checkage`: of a mount or of a database. */
export const addCheckAgeOfBoth: AddCommand = (program) => {
  const command = program
    .command('checkage')
    .description(
      'how old the newest recovery point of a mount or a database is, as an exit code: 0 fine, 1 warning, 2 critical, 3 unknown',
    )
    .addOption(new Option('--mount <mount>', 'id or name of a mount, or STORE/MOUNT').conflicts('db'))
    .addOption(new Option('--db <dbid>', 'DBID of a database'))
    .action(({ mount, db, ...options }: CheckOptions & { readonly mount?: string; readonly db?: string }) =>
      check((service, query) => {
        if (db !== undefined) return service.call('checkDatabaseAge', { params: { databaseId: db }, query });
        if (mount !== undefined) return ageOfMount(service, mount, query);
        throw new Error('name what to check: --mount or --db');
      }, options),
    );
  addCheckOptions(command);
};

const addCheckOptions = (command: Command): void => {
  command
    .addOption(new Option('--warning <age>', 'from this age on it is a warning, such as "1d 2h"'))
    .addOption(new Option('--critical <age>', 'from this age on it is critical, such as "2d 2h"'))
    .addOption(jsonOption())
    // To monitoring, 2 means critical: a call that is not understood has found out nothing.
    .exitOverride((error) => {
      const code = error.exitCode === 0 ? 0 : exitCodes.UNKNOWN;
      throw new CommanderError(code, error.code, error.message);
    });
};

async function ageOfMount(service: ServiceClient, mount: string, query: AgeQuery) {
  const { findMountId } = await import('../service/find-mount.ts');
  return service.call('checkMountAge', { params: { mountId: await findMountId(service, mount) }, query });
}

type AgeQuery = Pick<CheckOptions, 'warning' | 'critical'>;
type Check = (service: ServiceClient, query: AgeQuery) => ReturnType<typeof ageOfMount>;

/** Prints one line and sets the exit code. What fails is unknown, never fine. */
async function check(ask: Check, { json, ...query }: CheckOptions): Promise<void> {
  try {
    const { connectService } = await import('../service/client.ts');
    const age = await ask(connectService(), query);
    process.exitCode = exitCodes[age.status];
    const text = `${age.status}: The latest snapshot age ${age.latest === undefined ? 'None' : inDays(age.latest.ageSeconds)}`;
    process.stdout.write(`${json ? JSON.stringify(age) : text}\n`);
  } catch (error) {
    process.exitCode = exitCodes.UNKNOWN;
    process.stdout.write(`Exception occured: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

/** `1 day, 2:03:04`. */
function inDays(seconds: number): string {
  const twoDigits = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const time = `${Math.floor((seconds % 86_400) / 3600)}:${twoDigits((seconds % 3600) / 60)}:${twoDigits(seconds % 60)}`;
  return days === 0 ? time : `${days} ${days === 1 ? 'day' : 'days'}, ${time}`;
}
