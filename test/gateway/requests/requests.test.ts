import { spawn } from 'node:child_process';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createWatch } from '../../../functions/watch/handler.ts';
import { endLeftHook } from '../../../gateway/requests/hook.ts';
import { rmanExecutable } from '../../../local/fake-rman/oracle-host.ts';
import type { RequestId } from '../../../shared/domain/ids.ts';
import { handOverRequest } from '../../../shared/usecases/requests/hand-over-request.ts';
import { lambdaContext } from '../../support/http-event.ts';
import { ServedStore } from '../support/served-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const agent = join(import.meta.dirname, '..', '..', '..', 'examples', 'rman-agent', 'rman-agent');

type Answer = Readonly<Record<string, unknown>>;

/** A store whose agent backs SALES up with the hook, a script of bash, and with a mount that is ready. */
async function arrange(hook: string, settings: object = {}, gateway: object = {}) {
  let hookFile = '';
  const store = await ServedStore.start(async (folder) => {
    hookFile = join(folder, 'hook.sh');
    await writeFile(hookFile, `#!/bin/bash\n${hook}\n`);
    await chmod(hookFile, 0o755);
    const databases = [
      {
        name: 'SALES',
        mount: 'orcl',
        command: [hookFile, 'an argument'],
        environment: { ORACLE_SID: 'SALES1', PATH: '/opt/oracle/bin:/usr/bin:/bin' },
      },
      { name: 'HR', mount: 'orcl', command: [hookFile], timeLimitHours: 0.5 / 3600, ...settings },
    ];
    return { databases, timing: { ...timing }, ...gateway };
  });
  const mountId = await store.addReadyMount();
  const { served } = store;
  await waitUntil('the agent is known', async () => {
    const { items } = await served.ask('listAgentDatabases', { storeId: store.storeId });
    return (items as unknown[]).length === 2;
  });
  const show = (requestId: string) => served.ask('showRequest', { requestId });
  const handOver = async (requestId: string, taskToken = `of ${requestId}`) => {
    served.service.workflows.addTask(taskToken);
    await handOverRequest(served.service, { requestId: requestId as RequestId, taskToken });
  };
  const request = async (fields: object = {}) => {
    const made = await served.ask('createRequest', { mountId }, { database: 'SALES', ...fields });
    await handOver(String(made.requestId));
    return String(made.requestId);
  };
  const becomes = async (requestId: string, isSo: (request: Answer) => boolean) => {
    await waitUntil('the request is so', async () => isSo(await show(requestId)));
    return show(requestId);
  };
  const points = async () =>
    (await served.ask('listRecoveryPoints', {}, undefined).catch(() => ({ items: [] }))).items as Answer[];
  const oracleData = join(store.mountsDirectory, 'orcl', 'oracle_data');
  const snapshots = () =>
    readdir(join(store.mountsDirectory, 'orcl', '.holdfast', 'snapshots')).catch(() => []);
  return { store, served, mountId, show, handOver, request, becomes, points, oracleData, snapshots };
}

const timing = {
  ...{ retryFirstMillis: 20, retryMaxSeconds: 0.1, commitCheckMillis: 20, pollMaxSeconds: 0.05 },
  ...{ stallTimeoutSeconds: 2, restoreReportSeconds: 0.05 },
};

const hasEnded = ({ state }: Answer) => ['completed', 'failed', 'aborted'].includes(String(state));
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The number that a hook writes to `pid`. The file is there before its line is. */
async function readPid(folder: string): Promise<number> {
  const read = () => readFile(join(folder, 'pid'), 'utf8').catch(() => '');
  await waitUntil('the hook has said its number', async () => (await read()).endsWith('\n'));
  return Number(await read());
}

describe('a backup on request', () => {
  it('runs the hook with what it needs and nothing of the gateway, and brings what it wrote to the vault with its log', async () => {
    process.env.HOLDFAST_TEST_SECRET = 'of the gateway';
    onTestFinished(() => void delete process.env.HOLDFAST_TEST_SECRET);
    const { served, mountId, request, becomes, oracleData } = await arrange(`
      env | sort > "$HOLDFAST_MOUNTPOINT/environment.txt"
      echo "$1" > "$HOLDFAST_MOUNTPOINT/argument.txt"
      echo "progress 40" >&3
      echo "warning instance SALES2 went down during the backup" >&3
      while [ ! -e "$HOLDFAST_MOUNTPOINT/go-on" ]; do sleep 0.05; done
      echo "Recovery Manager: Release 19.0.0.0.0"
    `);
    const requestId = await request({ order: { level: 0 }, expire: '3w' });

    // What it says and what it has written are looked at apart.
    const during = await becomes(requestId, ({ progress, warnings }) => {
      const { percent, fileCount } = progress as Answer;
      return percent === 28 && fileCount === 2 && warnings !== undefined;
    });
    await writeFile(join(oracleData, 'go-on'), '');
    const after = await becomes(requestId, hasEnded);

    expect(during).toMatchObject({
      ...{ state: 'running', warnings: ['instance SALES2 went down during the backup'] },
      progress: { fileCount: 2, files: expect.arrayContaining(['environment.txt']) },
    });
    expect(after).toMatchObject({ state: 'completed', progress: { percent: 100 } });
    const point = await served.ask('showRecoveryPoint', { recoveryPointId: String(after.uploadId) });
    expect(point).toMatchObject({
      ...{ mountId, expire: '3w', totals: { logs: 1, files: 3 } },
      request: { requestId, database: 'SALES', level: 0 },
    });
    expect(await readFile(join(oracleData, 'argument.txt'), 'utf8')).toBe('an argument\n');
    const environment = await readFile(join(oracleData, 'environment.txt'), 'utf8');
    expect(environment).toContain(`HOLDFAST_LEVEL=0\n`);
    expect(environment).toContain('ORACLE_SID=SALES1\nPATH=/opt/oracle/bin:/usr/bin:/bin\n');
    expect(environment).not.toContain('of the gateway');
  });

  it('by the agent for RMAN, at its time, becomes a recovery point from which the database can be restored', async () => {
    const { served, mountId, handOver, becomes, store } = await arrange(`
      folder=$(dirname "$0")
      mkdir -p "$folder/home/dbs"; echo secret > "$folder/home/dbs/orapwSALES"
      printf '%s\\n' '#!/bin/bash' 'case $(cat) in *log_mode*) echo ARCHIVELOG ;; *instance*) echo SALES ;; *) echo 1000 ;; esac' > "$folder/sqlplus"
      chmod +x "$folder/sqlplus"
      printf '%s\\n' '[generic]' "lockdir = $folder/locks" "statedir = $folder/state" "oraclehome = $folder/home" \\
        '[rman]' "executable = ${rmanExecutable}" "sqlplus = $folder/sqlplus" '[SALES]' > "$folder/backup.cfg"
      export FAKE_RMAN_DATABASE="$folder/database" FAKE_RMAN_SIZE_MIB=9
      exec "${agent}" backup "$folder/backup.cfg"
    `);

    const nightly = { mountId, database: 'SALES', name: 'nightly', cron: '0 13 * * *', timeZone: 'UTC' };
    const rules = { order: { level: 1 }, expire: '3w', enabled: true };
    const { scheduleId } = await served.ask('addSchedule', {}, { ...nightly, ...rules });
    served.service.clock.advance(3_600_000);
    const watch = createWatch(served.service) as (event: object, context: object) => Promise<unknown>;
    await watch({ time: '2026-01-31T13:00:00Z' }, lambdaContext);
    const { run } = (await served.ask('showSchedule', { scheduleId: String(scheduleId) })) as Answer;
    const { requestId } = run as { requestId: string };
    await handOver(requestId);

    const done = await becomes(requestId, hasEnded);

    expect(done, store.logLines.join('')).toMatchObject({
      ...{ state: 'completed', kind: 'scheduled', level: 0, askedLevel: 1 },
      schedule: { scheduleId, dueAt: '2026-01-31T13:00:00.000Z' },
    });
    expect(await served.ask('showRecoveryPoint', { recoveryPointId: String(done.uploadId) })).toMatchObject({
      ...{ mountId, expire: '3w', request: { requestId, level: 0, name: 'nightly' } },
    });
    const { items } = await served.ask('listPointDatabases', { recoveryPointId: String(done.uploadId) });
    expect(items).toContainEqual(
      expect.objectContaining({ recoverability: expect.objectContaining({ recoverable: 'yes' }) }),
    );
  });

  it('whose hook fails makes no recovery point and says what Oracle said, without passwords', async () => {
    const { store, request, becomes, snapshots, mountId } = await arrange(`
      echo "RMAN> connect target sys/tiger@SALES"
      echo "ORA-01017: invalid username/password; logon denied for target sys/tiger@SALES"
      echo "Recovery Manager complete."
      exit 1
    `);

    const failed = await becomes(await request(), hasEnded);

    expect(failed).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/^HOOK_FAILED: .* ended with 1: ORA-01017/),
    });
    expect(JSON.stringify([failed, store.logLines])).not.toContain('tiger');
    expect(await snapshots()).toEqual([]);
    await store.reports(mountId, (report) => report.backupStartedAt === undefined);
  });

  it('whose hook takes too long ends with all that it started', async () => {
    const { request, becomes, oracleData } = await arrange(`
      sleep 100 & echo $! > "$HOLDFAST_MOUNTPOINT/pid"; wait
    `);

    const failed = await becomes(await request({ database: 'HR' }), hasEnded);

    expect(failed).toMatchObject({ state: 'failed', reason: expect.stringContaining('HOOK_TIMED_OUT') });
    const pid = await readPid(oracleData);
    await waitUntil('the child is gone', () => !isAlive(pid));
  });

  it('that is aborted while the hook runs leaves neither process nor snapshot nor upload', async () => {
    const { store, served, mountId, request, becomes, oracleData, snapshots } = await arrange(`
      ( trap '' TERM; sleep 100 ) & echo $! > "$HOLDFAST_MOUNTPOINT/pid"; wait
    `);
    const requestId = await request();
    await becomes(requestId, ({ progress }) => (progress as Answer).fileCount === 1);
    const pid = await readPid(oracleData);

    expect(await served.ask('abortRequest', { requestId })).toMatchObject({ state: 'aborted' });
    await waitUntil('the child is gone', () => !isAlive(pid));

    await store.reports(mountId, (report) => report.backupStartedAt === undefined);
    expect(await snapshots()).toEqual([]);
    expect(await store.show(mountId)).not.toHaveProperty('openUploadId');
    const again = await request();
    await served.ask('abortRequest', { requestId: again });
  }, 30_000);

  it('that is aborted while its snapshot uploads leaves no snapshot and no upload', async () => {
    const { served, mountId, request, becomes, snapshots, store } = await arrange(
      'head -c 100000 /dev/urandom > "$HOLDFAST_MOUNTPOINT/piece.bkp"',
    );
    let isHeld = true;
    served.onRequest = (name) => (name === 'signUpload' && isHeld ? 503 : undefined);
    const requestId = await request();
    await becomes(requestId, ({ state }) => state === 'uploading');

    await served.ask('abortRequest', { requestId });
    isHeld = false;
    await waitUntil('the snapshot is gone', async () => (await snapshots()).length === 0);

    expect(await store.show(mountId)).not.toHaveProperty('openUploadId');
    const { items } = await served.ask('listRequests');
    expect(items).toMatchObject([{ state: 'aborted' }]);
    expect(
      await served.service.catalog.recoveryPoints.list({ mountId: mountId as never }, { limit: 9 }),
    ).toEqual({
      items: [],
    });
  });

  it('whose snapshot is frozen when the service gives it up is uploaded all the same', async () => {
    const { served, mountId, request, becomes } = await arrange(
      'head -c 100000 /dev/urandom > "$HOLDFAST_MOUNTPOINT/piece.bkp"',
    );
    let isHeld = true;
    served.onRequest = (name) => (name === 'openUpload' && isHeld ? 503 : undefined);
    const requestId = await request();
    await becomes(requestId, ({ progress }) => (progress as Answer).percent === 70);
    const seen = await served.service.catalog.requests.find(requestId as RequestId);
    const end = { state: 'failed', at: served.service.clock.now(), reason: 'silent' } as const;
    if (seen) await served.service.catalog.requests.end(seen, end);

    isHeld = false;
    const list = () =>
      served.service.catalog.recoveryPoints.list({ mountId: mountId as never }, { limit: 9 });
    await waitUntil('the point is there', async () => (await list()).items.length === 1);

    expect((await list()).items[0]?.request).toBeUndefined();
  });

  it('fails when its gateway is started again while the hook runs, which ends; the next one begins afresh', async () => {
    const { store, request, becomes, oracleData } = await arrange(`
      [ -e "$HOLDFAST_MOUNTPOINT/pid" ] && exit 0
      echo $$ > "$HOLDFAST_MOUNTPOINT/pid"; sleep 100
    `);
    const requestId = await request();
    await becomes(requestId, ({ progress }) => (progress as Answer).fileCount === 1);
    const pid = await readPid(oracleData);

    await store.stopGateway();
    await store.startGateway();
    const failed = await becomes(requestId, hasEnded);

    expect(failed).toMatchObject({ state: 'failed', reason: expect.stringContaining('GATEWAY_RESTARTED') });
    expect(isAlive(pid)).toBe(false);
    expect(await becomes(await request(), hasEnded)).toMatchObject({ state: 'completed' });
  });

  it('goes on when it is handed over again', async () => {
    const { request, becomes, handOver, oracleData } = await arrange(`
      echo once >> "$HOLDFAST_MOUNTPOINT/runs"
      while [ ! -e "$HOLDFAST_MOUNTPOINT/go-on" ]; do sleep 0.05; done
    `);
    const requestId = await request();
    await becomes(requestId, ({ state }) => state === 'running');
    await handOver(requestId, 'a second token');
    await becomes(requestId, ({ state }) => state === 'running');

    await writeFile(join(oracleData, 'go-on'), '');

    expect(await becomes(requestId, hasEnded)).toMatchObject({ state: 'completed' });
    expect(await readFile(join(oracleData, 'runs'), 'utf8')).toBe('once\n');
  });

  it('of one mount waits for the other, and says so', async () => {
    const { served, request, becomes, show, oracleData } = await arrange(
      'while [ ! -e "$HOLDFAST_MOUNTPOINT/go-on" ]; do sleep 0.05; done',
      { timeLimitHours: 1 },
      { snapshots: 'read-in-place' },
    );
    const first = await request();
    await becomes(first, ({ state }) => state === 'running');
    const second = await request({ database: 'HR' });

    const waiting = await becomes(second, ({ progress }) => (progress as Answer).isQueued === true);
    let isHeld = true;
    served.onRequest = (name) => (name === 'signUpload' && isHeld ? 503 : undefined);
    await writeFile(join(oracleData, 'go-on'), '');
    await becomes(first, ({ state }) => state === 'uploading');
    await setTimeout(200);
    const roomless = await show(second);
    isHeld = false;

    expect(waiting).toMatchObject({ state: 'handed-over' });
    // A mount that is read in place has no room until the upload has ended.
    expect(roomless).toMatchObject({ state: 'handed-over', progress: { isQueued: true } });
    expect(await becomes(first, hasEnded)).toMatchObject({ state: 'completed' });
    expect(await becomes(second, hasEnded)).toMatchObject({ state: 'completed' });
    expect((await served.ask('listRequests')).items).toHaveLength(2);
  });

  it('that a killed gateway left running is ended by its number and time of start, and nothing else is', async () => {
    const left = spawn('sleep', ['100'], { detached: true, stdio: 'ignore' });
    const pid = left.pid ?? 0;
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    const exited = new Promise((resolve) => left.once('exit', resolve));

    expect(await endLeftHook(pid, '1')).toBe(false);
    expect(isAlive(pid)).toBe(true);
    expect(await endLeftHook(pid, start)).toBe(true);

    await exited;
  });

  it('whose mount a script freezes meanwhile fails with what happened: half of it is in that snapshot', async () => {
    const { store, request, becomes, oracleData } = await arrange(
      'while [ ! -e "$HOLDFAST_MOUNTPOINT/go-on" ]; do sleep 0.05; done',
    );
    const requestId = await request();
    await becomes(requestId, ({ state }) => state === 'running');

    await store.calls().finish();
    await writeFile(join(oracleData, 'go-on'), '');

    expect(await becomes(requestId, hasEnded)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/^BACKUP_TAKEN_OVER: a script finished \(PUT\)/),
    });
  });

  it("fails while a script's backup of the mount is started, and leaves that alone", async () => {
    const { store, request, becomes, mountId } = await arrange('exit 0');
    await store.calls().start();

    const failed = await becomes(await request(), hasEnded);

    expect(failed).toMatchObject({ state: 'failed', reason: expect.stringContaining('BACKUP_RUNNING') });
    await store.reports(mountId, (report) => report.backupStartedAt !== undefined);
  });
});
