import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backupScript } from '../../local/fake-rman/oracle-host.ts';
import { backUp, prepareHost, runScript } from './run-script.ts';
import { startScriptedStore } from './scripted-store.ts';

test('bash finds no mistake in the script', () => {
  expect(() => execFileSync('bash', ['-n', backupScript])).not.toThrow();
});

test.for([
  // Nobody is there, so the complaint tells where the script looked.
  ['[::1]:9', 'http://[::1]:9/druva-phoenix/v1/mounts/testmount'],
  ['store.invalid', 'http://store.invalid:9090/druva-phoenix/v1/mounts/testmount'],
])('looks for the store %s at its address, at port 9090 if none is given', async ([store = '', url]) => {
  const environment = { LOCAL_FILE_SYSTEM: 'none', STORE_CONNECT_SECONDS: '1' };

  const run = await backUp(await prepareHost(), store, environment);

  expect(run.exitCode).toBe(4);
  expect(run.complaints).toContain(`got no answer from ${url}`);
});

test.for([
  [{ CHANNELS: 'two' }, "CHANNELS is 'two'"],
  [{ KEEP_LOG_DAYS: '0' }, "KEEP_LOG_DAYS is '0'"],
  [{ RMAN_TARGET: 'sys/secret@prod' }, 'keep user and password in an Oracle wallet'],
  [{ LOCAL_MOUNT: 'relative' }, "LOCAL_MOUNT is 'relative'"],
  [{ LOCAL_MOUNT: "/it's" }, 'without quotes and percent signs'],
  [{ LOCAL_MOUNT: '/nowhere/at/all' }, '/nowhere/at/all is not a folder'],
  [{ RMAN: '/nowhere/rman' }, '/nowhere/rman is not there'],
] as const)('refuses the setting %j before any call', async ([setting, message]) => {
  const store = await startScriptedStore();

  const run = await backUp(await prepareHost(), store.address, setting);

  expect(run).toMatchObject({ exitCode: 2, output: '' });
  expect(run.complaints).toContain(message);
  expect(run.complaints).not.toContain('secret');
  expect(store.calls).toEqual([]);
});

test.for([
  [[], 'usage: oracle_rman_data_backup.sh [options] <log-dir> <store-ip> <mount>'],
  [['/tmp', '127.0.0.1', 'a/../b'], "'a/../b' is not the name of a mount"],
  [['/tmp', '127.0.0.1', '..'], "'..' is not the name of a mount"],
  [['/tmp', '2001:db8::1', 'testmount'], "'2001:db8::1' is not the address of a store"],
  [['/tmp', 'http://127.0.0.1', 'testmount'], 'is not the address of a store'],
] as const)('refuses the arguments %j', async ([args, message]) => {
  const run = await runScript(args, (await prepareHost()).environment);

  expect(run).toMatchObject({ exitCode: 2, output: '' });
  expect(run.complaints).toContain(message);
});

test('refuses a log folder that is not there', async () => {
  const host = await prepareHost();

  const run = await runScript([join(host.logFolder, 'missing'), '127.0.0.1', 'testmount'], host.environment);

  expect(run.exitCode).toBe(2);
  expect(run.complaints).toContain('missing is not a folder');
});

test('refuses to back up to a folder of this host when the store is another machine', async () => {
  // An address that is reserved for documentation: the refusal comes before any call.
  const run = await backUp(await prepareHost(), '192.0.2.1');

  expect(run.exitCode).toBe(2);
  expect(run.complaints).toContain('not nfs: mount testmount there');
});
