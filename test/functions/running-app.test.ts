import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backUp, restoreAndCompare } from '../../local/start/main-job.ts';
import { type Platform, startPlatform } from '../../local/start/platform.ts';
import type { CallAnswer } from '../../shared/contracts/calls.ts';
import { backup, backupSet, connected, textOf } from '../domain/file-map/rman-session.ts';
import { Calls, logFields } from '../gateway/support/calls.ts';
import { waitUntil } from '../gateway/support/wait-until.ts';

// What the functions log while the product does its main job once, from the template, as it would be deployed.

type Line = Readonly<Record<string, unknown>>;

const cliMain = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
const directory = mkdtempSync(join(tmpdir(), 'holdfast-running-'));
let platform: Platform;
let recoveryPointId: string;
let databases: CallAnswer<'listPointDatabases'>;
let withLateLog: CallAnswer<'listPointDatabases'>;
let files: readonly CallAnswer<'listDatabaseFiles'>[];
let rebuild: CallAnswer<'showRebuild'>;
let journal: CallAnswer<'listJournal'>;
let cli: { readonly stdout: string; readonly stderr: string };
let texts: string[];
let lines: Line[];

beforeAll(async () => {
  platform = await startPlatform({ directory, gatewayPort: 0, say: () => {} });
  const job = { platform, directory, say: () => {}, signal: AbortSignal.timeout(150_000) };
  ({ recoveryPointId } = await backUp(job));
  expect(await restoreAndCompare(job, recoveryPointId)).toEqual([]);
  const params = { recoveryPointId };
  databases = await platform.call('listPointDatabases', { params, query: {} });
  files = await Promise.all(
    databases.items.map(({ dbid }) =>
      platform.call('listDatabaseFiles', { params: { ...params, dbid }, query: { limit: 1000 } }),
    ),
  );
  const dbid = databases.items[0]?.dbid ?? '';
  const env = { ...process.env, HOLDFAST_PROFILE: join(directory, 'setup.json') };
  cli = await promisify(execFile)(process.execPath, [cliMain, 'db', 'points', dbid, '--json'], { env });
  // PUT came long ago: the log is added to its recovery point.
  const lateLog = textOf(connected(), backup(backupSet({ handle: '/local/testmount/forgotten' })));
  const sent = await new Calls(platform.gateway.url, platform.mountName).uploadLog(logFields(lateLog));
  expect(sent).toMatchObject({ error_code: 0 });
  await waitUntil('the point has another file map', async () => {
    withLateLog = await platform.call('listPointDatabases', { params, query: {} });
    return withLateLog.fileMap.number > 1;
  });
  const { rebuildId } = await platform.call('orderRebuild', { body: { mode: 'replay' } });
  await waitUntil('the end of the rebuild', async () => {
    rebuild = await platform.call('showRebuild', { params: { rebuildId } });
    return rebuild.state !== 'running';
  });
  const [mountId] = (await platform.call('listMounts', { query: {} })).items.map((mount) => mount.mountId);
  journal = await platform.call('listJournal', { params: { mountId: mountId ?? '' }, query: {} });
  // Closed first: the last lines are then in their files.
  await platform.close();
  const folder = join(directory, 'aws', 'logs');
  texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  lines = texts.flatMap((text) => text.split('\n')).flatMap(parseLine);
}, 180_000);
afterAll(async () => {
  await platform?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The JSON of a line, after the time that a log stream gives it. */
function parseLine(text: string): Line[] {
  const start = text.indexOf('{');
  return start < 0 ? [] : [JSON.parse(text.slice(start)) as Line];
}

const about = (name: string, id: unknown) => lines.filter((line) => line[name] === id);
const servicesOf = (found: readonly Line[]) => [...new Set(found.map(({ service }) => service))].sort();

describe('the journals of the running app', () => {
  it('have every change of the mount, and the catalog is found to have them all', () => {
    const kinds = journal.items.map(({ bytes }) => (JSON.parse(bytes) as { kind: string }).kind);

    expect(kinds).toEqual(expect.arrayContaining(['mount-created', 'recovery-point-committed', 'late-log']));
    expect(rebuild).toMatchObject({ state: 'completed', rebuilt: 0, inStep: 1, failures: 0 });
  });
});

describe('the file map of the running app', () => {
  it('says of every file of the backup whose it is and what it holds', () => {
    const { items, logs, fileMap, doubts } = databases;

    expect(fileMap).toEqual({ number: 1 });
    expect(items.length).toBeGreaterThan(0);
    expect(logs.map(({ status }) => status)).toEqual(logs.map(() => 'completed'));
    for (const { files: counted } of items) {
      expect(counted).toMatchObject({ present: expect.any(Number), missing: 0, changed: 0, damaged: 0 });
    }
    expect(doubts).toBe(0);
    const rows = files.flatMap((page) => page.items);
    expect(rows.filter(({ presence, path }) => presence === 'present' && path !== undefined)).toEqual(rows);
    expect(new Set(rows.map(({ kind }) => kind))).toContain('backup-piece');
  });

  it('is made anew with a log that comes after PUT', () => {
    expect(withLateLog.fileMap).toEqual({ number: 2 });
    expect(withLateLog.logs.filter(({ isLate }) => isLate)).toHaveLength(1);
    const [late, ...others] = withLateLog.items.filter(
      ({ dbid }) => !databases.items.some((each) => each.dbid === dbid),
    );
    expect(late).toMatchObject({ dbid: '1234567890', files: { present: 0, missing: 1 } });
    expect(others).toEqual([]);
  });

  it('is looked after by who waits for late logs, to whom S3 tells of every log', () => {
    const ran = lines.filter(({ service }) => service === 'take-late-log');

    expect(ran.filter(({ message }) => message === 'task done').length).toBeGreaterThan(0);
    expect(ran.filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  it('is shown by the command line with the profile that the start wrote', () => {
    expect(cli.stderr).toBe('');
    expect(JSON.parse(cli.stdout)).toMatchObject({ recoveryPointId, fileMap: { state: 'stored' } });
  });
});

describe('the logs of the running app', () => {
  it('are JSON, every line of them', () => {
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.every((line) => typeof line === 'object')).toBe(true);
  });

  it('have one upload in common from the API to the last task, with its mount', () => {
    const found = about('uploadId', recoveryPointId);
    const mountIds = new Set(found.flatMap(({ mountId }) => (mountId === undefined ? [] : [mountId])));

    expect(servicesOf(found)).toEqual([
      'announce-recovery-point',
      'build-file-map',
      'judge-recoverability',
      'read-logs',
      'record-recovery-point',
      'store-journal',
      'uploads-api',
      'verify-manifest',
      'verify-objects',
    ]);
    expect(mountIds).toEqual(new Set([platform.mountId]));
    expect(found.map(({ route }) => route)).toEqual(
      expect.arrayContaining(['openUpload', 'signUpload', 'commitUpload', 'showUpload']),
    );
  });

  it('have one restore in common from its order to its end', () => {
    const [ordered] = lines.filter(({ route, status }) => route === 'createRestore' && status === 202);

    expect(ordered).toMatchObject({ recoveryPointId, restoreId: expect.any(String), callerRole: 'admin' });
    expect(servicesOf(about('restoreId', ordered?.restoreId))).toEqual([
      'end-restore',
      'hand-over-restore',
      'restores-api',
    ]);
  });

  it('have the ids of request and trace in every line that a function writes about its work', () => {
    const written = lines.filter(({ level, service }) => level !== undefined && service !== undefined);

    expect(written.length).toBeGreaterThan(20);
    for (const line of written) {
      expect(line).toMatchObject({
        function_request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        xray_trace_id: expect.stringMatching(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/),
      });
    }
    for (const { correlationId } of written.filter(({ route }) => route !== undefined)) {
      expect(correlationId).toEqual(expect.any(String));
    }
  });

  it('have the metrics of what was done', () => {
    const measured = (name: string) =>
      lines.flatMap((line) => (name in line && '_aws' in line ? [line[name]] : []));

    expect(measured('CommittedPoints')).toEqual([1]);
    expect(measured('CommittedBytes')[0]).toBeGreaterThan(30 * 2 ** 20);
    expect(measured('StoredBytes')[0]).toBeGreaterThan(0);
    expect(measured('RestoresCompleted')).toEqual([1]);
    expect(measured('RefusedCommits')).toEqual([]);
    expect(measured('ColdStart').length).toBeGreaterThan(8);
  });

  it('have no secret in them', () => {
    const text = texts.join('\n');
    const { apiKey } = JSON.parse(readFileSync(join(directory, 'setup.json'), 'utf8')) as { apiKey: string };

    expect(text).toContain(apiKey.split('.')[0]);
    expect(text).not.toContain(apiKey.split('.')[1]);
    // Signatures of URLs, tokens of ours, and the fields that carry them.
    expect(text).not.toMatch(/X-Amz-(Signature|Credential)=(?!\*)/i);
    expect(text).not.toMatch(/key-[0-9A-Z]{26}\.[\w-]/);
    expect(text).not.toMatch(/authorization|"(taskToken|token|apiKey|secret)":"(?!\*)/i);
  });

  it('say nothing of traces that have nowhere to go', () => {
    expect(texts.join('\n')).not.toMatch(/xray.*(error|missing|failed)/i);
  });
});
