import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareDatabase } from '../fake-rman/database.ts';
import { backupScript, oracleHostEnvironment } from '../fake-rman/oracle-host.ts';

export interface OracleHost {
  /** Holds the simulated database and the logs of its backups. */
  readonly directory: string;
  readonly gatewayUrl: string;
  readonly mountName: string;
  /** The mount's exported folder, as the Oracle host sees it. */
  readonly mountFolder: string;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Where an Oracle host keeps the state of its simulated database. */
export const databaseFolderOf = (directory: string): string => join(directory, 'database');

/** A day of the simulated Oracle host: our script runs RMAN and tells the gateway. Answers the snapshot's name. */
export async function runOracleDay(host: OracleHost): Promise<string> {
  const databaseFolder = databaseFolderOf(host.directory);
  const logFolder = join(host.directory, 'rman-logs');
  await prepareDatabase({ folder: databaseFolder });
  await mkdir(logFolder, { recursive: true });
  const store = new URL(host.gatewayUrl).host;
  const child = spawn('bash', [backupScript, logFolder, store, host.mountName], {
    env: { PATH: process.env['PATH'], ...oracleHostEnvironment(databaseFolder, host.mountFolder) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that the script goes with all that it started.
    detached: true,
  });
  const kill = () => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM');
  host.signal.addEventListener('abort', kill, { once: true });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter(Boolean)) host.onLine(line);
  });
  const [exitCode] = await once(child, 'close');
  host.signal.removeEventListener('abort', kill);
  host.signal.throwIfAborted();
  if (exitCode !== 0)
    throw new Error(`the backup script failed with exit code ${exitCode}, see the lines above`);
  return output.trim();
}
