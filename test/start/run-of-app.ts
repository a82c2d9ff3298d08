import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CallRoute, createApiClient } from '../../local/start/api-client.ts';
import { restoreAndCompare } from '../../local/start/main-job.ts';
import type { CallAnswer } from '../../shared/contracts/calls.ts';
import { backup, backupSet, connected, textOf } from '../domain/file-map/rman-session.ts';
import { Calls, logFields } from '../gateway/support/calls.ts';
import { waitUntil } from '../gateway/support/wait-until.ts';

export type Line = Readonly<Record<string, unknown>>;

/** What `npm start -- --json` printed. */
export interface Started {
  readonly recoveryPointId: string;
  readonly apiUrl: string;
  readonly httpsUrl: string;
  readonly gatewayUrl: string;
  readonly directory: string;
}

/** What its users got from an app that `npm start` serves. */
export interface Use {
  readonly databases: CallAnswer<'listPointDatabases'>;
  readonly withLateLog: CallAnswer<'listPointDatabases'>;
  readonly files: readonly CallAnswer<'listDatabaseFiles'>[];
  readonly rebuild: CallAnswer<'showRebuild'>;
  readonly journal: CallAnswer<'listJournal'>;
  readonly cli: { readonly stdout: string; readonly stderr: string };
  readonly plan: CallAnswer<'planRestore'>;
}

/** What its functions wrote; whole only when it has ended. */
export interface Written {
  readonly texts: readonly string[];
  readonly lines: readonly Line[];
}

const cliMain = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
const mountName = 'testmount';

export const readSetup = (directory: string) =>
  JSON.parse(readFileSync(join(directory, 'setup.json'), 'utf8')) as { apiKey: string; mountId: string };

/** Restores, asks, sends a log late and replays the journals. */
export async function useApp({ recoveryPointId, apiUrl, gatewayUrl, directory }: Started): Promise<Use> {
  const { apiKey, mountId } = readSetup(directory);
  const call = createApiClient(apiUrl, apiKey);
  const mountFolder = join(directory, 'gateway', 'mounts', mountName);
  const job = { platform: { call, mountFolder }, say: () => {}, signal: AbortSignal.timeout(150_000) };
  const differences = await restoreAndCompare(job, recoveryPointId);
  if (differences.length > 0) throw new Error(`restored otherwise: ${differences.join(', ')}`);
  const params = { recoveryPointId };
  const databases = await call('listPointDatabases', { params, query: {} });
  const files = await Promise.all(
    databases.items.map(({ dbid }) =>
      call('listDatabaseFiles', { params: { ...params, dbid }, query: { limit: 1000 } }),
    ),
  );
  const dbid = databases.items[0]?.dbid ?? '';
  const env = { ...process.env, HOLDFAST_PROFILE: join(directory, 'setup.json') };
  const cli = await promisify(execFile)(process.execPath, [cliMain, 'db', 'points', dbid, '--json'], { env });
  const plan = await call('planRestore', { body: { database: dbid } });
  const withLateLog = await sendLateLog(call, gatewayUrl, recoveryPointId);
  const { rebuildId } = await call('orderRebuild', { body: { mode: 'replay' } });
  let rebuild = await call('showRebuild', { params: { rebuildId } });
  await waitUntil('the end of the rebuild', async () => {
    rebuild = await call('showRebuild', { params: { rebuildId } });
    return rebuild.state !== 'running';
  });
  const journal = await call('listJournal', { params: { mountId }, query: {} });
  return { databases, withLateLog, files, rebuild, journal, cli, plan };
}

/** PUT came long ago: the log is added to its recovery point. */
async function sendLateLog(call: CallRoute, gatewayUrl: string, recoveryPointId: string) {
  const lateLog = textOf(connected(), backup(backupSet({ handle: '/local/testmount/forgotten' })));
  const sent = await new Calls(gatewayUrl, mountName).uploadLog(logFields(lateLog));
  if (sent.error_code !== 0) throw new Error(`the late log was refused: ${sent.error_msg}`);
  const show = () => call('listPointDatabases', { params: { recoveryPointId }, query: {} });
  let shown = await show();
  await waitUntil('the point has another file map', async () => {
    shown = await show();
    return shown.fileMap.number > 1;
  });
  return shown;
}

export function readWritten(directory: string): Written {
  const folder = join(directory, 'aws', 'logs');
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  return { texts, lines: texts.flatMap((text) => text.split('\n')).flatMap(parseLine) };
}

/** The JSON of a line, after the time that a log stream gives it. */
function parseLine(text: string): Line[] {
  const start = text.indexOf('{');
  return start < 0 ? [] : [JSON.parse(text.slice(start)) as Line];
}
