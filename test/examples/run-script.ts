import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { backupScript } from '../../local/fake-rman/oracle-host.ts';

/** A DBA's host: a folder for logs, the mount, and an rman that is as small as a shell script can be. */
export interface Host {
  readonly logFolder: string;
  readonly mountFolder: string;
  /** What the small rman was given: its arguments and commands. */
  readonly rmanInput: string;
  readonly environment: Readonly<Record<string, string>>;
}

const smallRman = (exitCode: number, log: string, inputFile: string): string => `#!/usr/bin/env bash
{ printf '%s\\n' "$*"; env | grep ^NLS_ | sort; cat; } >'${inputFile}'
printf '%s\\n' '${log}'
exit ${exitCode}
`;

export const prepareHost = async ({
  rmanExitCode = 0,
  rmanLog = 'Recovery Manager complete.',
  logFolder = 'logs',
} = {}): Promise<Host> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-script-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const host = {
    logFolder: join(folder, logFolder),
    mountFolder: join(folder, 'mount'),
    rmanInput: join(folder, 'rman-input'),
    environment: { RMAN: join(folder, 'rman'), LOCAL_MOUNT: join(folder, 'mount') },
  };
  await Promise.all([mkdir(host.logFolder), mkdir(host.mountFolder)]);
  await writeFile(host.environment.RMAN, smallRman(rmanExitCode, rmanLog, host.rmanInput));
  await chmod(host.environment.RMAN, 0o755);
  return host;
};

export interface ScriptRun {
  readonly exitCode: number | null;
  readonly output: string;
  readonly complaints: string;
}

/** Runs the backup script with these arguments, in the host's environment and no other. */
export const runScript = async (
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<ScriptRun> => {
  const child = spawn(backupScript, args, {
    env: { PATH: process.env.PATH, TZ: 'UTC', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await exit, output, complaints };
};

/** Backs up to the mount `testmount` of a store. */
export const backUp = (
  host: Host,
  storeAddress: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ScriptRun> =>
  runScript([host.logFolder, storeAddress, 'testmount'], { ...host.environment, ...environment });

/** The names of RMAN's logs that the script made. */
export const logsOf = async ({ logFolder }: Host): Promise<string[]> =>
  (await readdir(logFolder)).filter((name) => name.endsWith('.log'));
