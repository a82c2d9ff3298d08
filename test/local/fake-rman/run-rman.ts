import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { rmanExecutable } from '../../../local/fake-rman/oracle-host.ts';
import { compileCache } from '../../support/compile-cache.ts';

/** A folder that goes when the test ends. */
export const makeFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-rman-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

export interface RmanRun {
  readonly exitCode: number | null;
  readonly output: string;
  readonly complaints: string;
}

/** Runs the stand-in as a process of its own, with these commands on its standard input. */
export const runRman = async (
  commands: string,
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = ['target', '/'],
): Promise<RmanRun> => {
  const child = spawn(rmanExecutable, args, {
    env: { PATH: process.env.PATH, TZ: 'UTC', ...compileCache(), ...environment },
  });
  child.stdin.end(commands);
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [output, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await exit, output, complaints };
};

/** The commands of a daily backup to a folder, as the backup script gives them. */
export const dailyBackup = (folder: string, extra = ''): string => `run {
  set controlfile autobackup format for device type disk to '${folder}/%F';
  allocate channel c1 device type disk;
  allocate channel c2 device type disk;
  backup as copy reuse tag 'daily_copy' format '${folder}/data_D-%d_I-%I_TS-%N_FNO-%f_daily' database;
  backup as backupset tag 'daily_logs' format '${folder}/arch_D-%d_%U' archivelog all not backed up 1 times;
  ${extra}
  release channel c1;
  release channel c2;
}
exit;
`;

/** A small database, at a given time. */
export const smallDatabase = (folder: string, now = '2026-04-09T01:30:00Z'): Record<string, string> => ({
  FAKE_RMAN_DATABASE: folder,
  FAKE_RMAN_SIZE_MIB: '9',
  FAKE_RMAN_NOW: now,
});
