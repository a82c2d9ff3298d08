import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { oracleHostEnvironment } from '../../local/fake-rman/oracle-host.ts';
import { backUp, logsOf, prepareHost, runScript } from './run-script.ts';
import { allCalls, startScriptedStore } from './scripted-store.ts';

test('makes the four calls in order, runs RMAN between them and prints the name of the snapshot', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost();

  const run = await backUp(host, store.address);

  expect(run).toMatchObject({ exitCode: 0, output: 'UID_1\n' });
  expect(store.calls.map(({ name }) => name)).toEqual(allCalls);
  expect(store.calls.map(({ path }) => path)).toEqual([
    '/druva-phoenix/v1/mounts/testmount/backup',
    '/druva-phoenix/v1/mounts/testmount/backup',
    '/druva-phoenix/v1/mounts/testmount/uploadlog',
    '/druva-phoenix/v1/mounts/testmount/backup',
  ]);
});

test('sends the log with its content, the local mount folder and the platform', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost({ rmanLog: 'what RMAN said' });

  await backUp(host, store.address);

  const [logName = ''] = await logsOf(host);
  expect(logName).toMatch(/^rman_full_backup_\d{8}_\d{6}\.log$/);
  const upload = store.calls[2];
  expect(upload?.contentType).toMatch(/^multipart\/form-data; boundary=/);
  expect(upload?.fields).toEqual({
    file: 'what RMAN said\n',
    mountpoint: host.mountFolder,
    platform: 'linux',
  });
  expect(upload?.fileName).toBe(logName);
});

test.for(['a log folder', 'logs; of, all', 'the "good" logs'])(
  'takes the log folder %j',
  async (logFolder) => {
    const store = await startScriptedStore();
    const host = await prepareHost({ rmanLog: 'what RMAN said', logFolder });

    const run = await backUp(host, store.address);

    expect(run).toMatchObject({ exitCode: 0, output: 'UID_1\n' });
    expect(store.calls[2]?.fields.file).toBe('what RMAN said\n');
  },
);

test('gives RMAN its commands on standard input and nothing but the target as argument', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost();

  await backUp(host, store.address, { CHANNELS: '3', RMAN_TARGET: '/@prod' });

  const input = await readFile(host.rmanInput, 'utf8');
  expect(input).toMatch(/^target \/@prod\nNLS_DATE_FORMAT=YYYY-MM-DD HH24:MI:SS\nNLS_LANG=AMERICAN_AMERICA/);
  expect(input).toContain('allocate channel c3 device type disk;');
  expect(input).toContain(`format '${host.mountFolder}/data_D-%d_I-%I_TS-%N_FNO-%f_holdfast' database;`);
  expect(input).not.toContain('delete');
});

test('deletes own backups of logs only when KEEP_LOG_DAYS says so', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost();

  await backUp(host, store.address, { KEEP_LOG_DAYS: '14' });

  const deletions = (await readFile(host.rmanInput, 'utf8')).match(/delete.*/g);
  expect(deletions).toEqual(["delete noprompt backup tag 'HOLDFAST_LOGS' completed before 'sysdate-14';"]);
});

test('takes an answer that is spread over lines', async () => {
  const store = await startScriptedStore({
    'PUT backup':
      '\n{\n  "error_code": 0,\n  "error_msg": "",\n  "result": {\n    "snap_name": "UID_7"\n  }\n}\n',
  });

  const run = await backUp(await prepareHost(), store.address);

  expect(run).toMatchObject({ exitCode: 0, output: 'UID_7\n' });
});

test('a proxy in the environment does not come between', async () => {
  const store = await startScriptedStore();

  const run = await backUp(await prepareHost(), store.address, { http_proxy: 'http://127.0.0.1:9' });

  expect(run.exitCode).toBe(0);
});

test('two runs that start in the same second have a log each', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost();
  const backUpTo = (mount: string) => runScript([host.logFolder, store.address, mount], host.environment);

  const runs = await Promise.all([backUpTo('one'), backUpTo('two')]);

  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  expect(await logsOf(host)).toHaveLength(2);
});

test('backs the simulated database up with the stand-in for RMAN', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost();
  const environment = {
    ...oracleHostEnvironment(join(host.mountFolder, '..', 'database'), host.mountFolder),
    FAKE_RMAN_SIZE_MIB: '9',
  };

  const days = [
    await backUp(host, store.address, { ...environment, FAKE_RMAN_NOW: '2026-04-09T01:30:00Z' }),
    await backUp(host, store.address, {
      ...environment,
      FAKE_RMAN_NOW: '2026-05-09T01:30:00Z',
      KEEP_LOG_DAYS: '14',
    }),
  ];

  expect(days.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  const log = store.calls[2]?.fields.file ?? '';
  expect(log).toContain('connected to target database: DEMO (DBID=');
  expect(log).toContain(`piece handle=${host.mountFolder}/arch_D-DEMO_`);
  expect(store.calls[6]?.fields.file).toContain('Deleted 2 objects');
  expect((await readdir(host.mountFolder)).map((name) => name.split('_')[0]).sort()).toEqual([
    'arch',
    'arch',
    expect.stringMatching(/^c-\d+-20260409-00$/),
    expect.stringMatching(/^c-\d+-20260509-00$/),
    ...Array.from({ length: 4 }, () => 'data'),
  ]);
});
