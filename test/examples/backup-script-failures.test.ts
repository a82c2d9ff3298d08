import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { oracleHostEnvironment } from '../../local/fake-rman/oracle-host.ts';
import { backUp, logsOf, prepareHost } from './run-script.ts';
import { type Answer, allCalls, failWith, startScriptedStore, succeed } from './scripted-store.ts';

test('stops before the backup when the mount has reached its number of snapshots', async () => {
  const store = await startScriptedStore({
    'GET backup': succeed({ mount_name: 'testmount', is_reached_max_snapshots: true }),
  });
  const host = await prepareHost();

  const run = await backUp(host, store.address);

  expect(run).toMatchObject({ exitCode: 3, output: '' });
  expect(run.complaints).toContain('testmount has as many snapshots as it may have');
  expect(store.calls.map(({ name }) => name)).toEqual(['GET backup']);
  expect(await logsOf(host)).toEqual([]);
});

test.for(allCalls)('ends when %s answers an error, with its message and its exact code', async (call) => {
  const store = await startScriptedStore({
    [call]: failWith('4295622669', 'Backup mount is inconsistent state on Export Service.'),
  });
  const host = await prepareHost();

  const run = await backUp(host, store.address);

  expect(run).toMatchObject({ exitCode: 4, output: '' });
  expect(run.complaints).toContain(
    'failed: Backup mount is inconsistent state on Export Service. (error code 4295622669)\n',
  );
  expect(run.complaints).toContain('Ask the backup administrator to repair the mount');
  expect(store.calls.map(({ name }) => name)).toEqual(allCalls.slice(0, allCalls.indexOf(call) + 1));
});

test('prints a code of 16 digits digit by digit', async () => {
  const store = await startScriptedStore({ 'POST backup': failWith('9007199254740991', 'Largest.') });

  const run = await backUp(await prepareHost(), store.address);

  expect(run.complaints).toContain('Largest. (error code 9007199254740991)');
});

const unusableAnswers: Answer[] = [
  '<html>504 Gateway Time-out</html>',
  '',
  'null',
  '[]',
  '{}',
  '{"error_code":0,"error_msg":""',
  '{"error_code":0,"error_msg":"","result":{"snap_name":"UID_1"',
  '{"error_code":0,"error_msg":"","result":{}',
  '{"error_code":"0","error_msg":"","result":{}}',
  '{"error_code":0.5,"error_msg":"","result":{}}',
  '{"error_code":0,"result":{}}',
];

test.for(unusableAnswers)('does not take %j for an answer', async (answer) => {
  const store = await startScriptedStore({ 'POST backup': answer });
  const host = await prepareHost();

  const run = await backUp(host, store.address);

  expect(run).toMatchObject({ exitCode: 4, output: '' });
  expect(run.complaints).toContain('starting the backup (POST /backup) got an answer that is not a store');
  expect(run.complaints).toContain('HTTP status 200');
  expect(await logsOf(host)).toEqual([]);
});

test.for([
  ['GET backup', '{"mount_name":"testmount"}', 'does not say whether testmount can take a backup'],
  ['PUT backup', '{"mount_name":"testmount"}', 'does not name the snapshot'],
] as const)('ends when the result of %s lacks what is needed', async ([call, result, message]) => {
  const store = await startScriptedStore({ [call]: `{"error_code":0,"error_msg":"","result":${result}}` });

  const run = await backUp(await prepareHost(), store.address);

  expect(run).toMatchObject({ exitCode: 4, output: '' });
  expect(run.complaints).toContain(message);
});

test('ends when nobody listens at the address', async () => {
  // A port that was free a moment ago.
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  const port = typeof address === 'object' ? address?.port : undefined;

  const run = await backUp(await prepareHost(), `127.0.0.1:${port}`);

  expect(run).toMatchObject({ exitCode: 4, output: '' });
  expect(run.complaints).toContain(
    `got no answer from http://127.0.0.1:${port}/druva-phoenix/v1/mounts/testmount`,
  );
  expect(run.complaints).toContain('curl: (7)');
});

test.for([
  ['POST uploadlog', 'No snapshot was taken of this run'],
  ['PUT backup', 'Whether the snapshot was taken is not known'],
] as const)('says what it means for the backup when %s is not answered', async ([call, meaning]) => {
  const store = await startScriptedStore({ [call]: 'hang up' });

  const run = await backUp(await prepareHost(), store.address);

  expect(run).toMatchObject({ exitCode: 4, output: '' });
  expect(run.complaints).toContain(meaning);
});

test('gives up on a store that does not answer in time', async () => {
  const server = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;

  const run = await backUp(await prepareHost(), `127.0.0.1:${port}`, { STORE_ANSWER_SECONDS: '1' });
  server.close();

  expect(run.exitCode).toBe(4);
  expect(run.complaints).toContain('got no answer');
});

test('records nothing when RMAN fails: neither log nor snapshot', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost({ rmanExitCode: 3, rmanLog: 'ORA-19502' });

  const run = await backUp(host, store.address);

  const [logName = ''] = await logsOf(host);
  expect(run).toMatchObject({ exitCode: 5, output: '' });
  expect(run.complaints).toContain(`RMAN failed with exit code 3: see ${join(host.logFolder, logName)}`);
  expect(run.complaints).toContain('No snapshot was taken of this run');
  expect(store.calls.map(({ name }) => name)).toEqual(['GET backup', 'POST backup']);
});

test('does not believe an exit code of 0 when the log holds an error stack', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost({ rmanLog: 'RMAN-00569: =============== ERROR MESSAGE STACK FOLLOWS' });

  const run = await backUp(host, store.address);

  expect(run.exitCode).toBe(5);
  expect(store.calls.map(({ name }) => name)).toEqual(['GET backup', 'POST backup']);
});

test('a failure of the stand-in in the middle ends without a snapshot', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost();
  const environment = {
    ...oracleHostEnvironment(join(host.mountFolder, '..', 'database'), host.mountFolder),
    FAKE_RMAN_SIZE_MIB: '9',
    FAKE_RMAN_FAIL: 'copy',
  };

  const run = await backUp(host, store.address, environment);

  expect(run.exitCode).toBe(5);
  expect(store.calls.map(({ name }) => name)).toEqual(['GET backup', 'POST backup']);
});
