import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rmanAgent, rmanExecutable, sqlplusExecutable } from '../fake-rman/oracle-host.ts';
import { databaseFolderOf } from './oracle-day.ts';

/** The name of the simulated database, which backups are requested of. */
export const demoDatabase = 'DEMO';

/** What RMAN does not back up, and the agent copies beside it. */
const filesOfHome = [`orapw${demoDatabase}`, `spfile${demoDatabase}.ora`];

/** Configures the agent of an Oracle host; answers the entry of the gateway's configuration for its database. */
export async function prepareAgent(directory: string, mount: string): Promise<object> {
  const folder = join(directory, 'agent');
  const home = join(folder, 'home');
  await mkdir(join(home, 'dbs'), { recursive: true });
  for (const name of filesOfHome) await writeFile(join(home, 'dbs', name), `stands in for ${name}\n`);
  const config = join(folder, 'backup.cfg');
  const lines = [
    ...['[generic]', `lockdir = ${folder}/locks`, `statedir = ${folder}/state`, `oraclehome = ${home}`],
    ...['[rman]', `executable = ${rmanExecutable}`, `sqlplus = ${sqlplusExecutable}`],
    ...[`[${demoDatabase}]`, 'parallel = 2', ''],
  ];
  await writeFile(config, lines.join('\n'));
  return {
    ...{ name: demoDatabase, mount, command: [rmanAgent, 'backup', config] },
    environment: { FAKE_RMAN_DATABASE: databaseFolderOf(directory) },
  };
}
