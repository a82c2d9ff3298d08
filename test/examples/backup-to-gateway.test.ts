import { chmod, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { waitForPoints } from '../gateway/support/backup.ts';
import { Calls } from '../gateway/support/calls.ts';
import { TestStore } from '../gateway/support/test-store.ts';
import { waitUntil } from '../gateway/support/wait-until.ts';
import { logsOf, prepareHost, runScript } from './run-script.ts';

/** Writes a piece to the mount and says so in the way of RMAN; our own words. */
const writingRman = (oracleData: string): string => `#!/usr/bin/env bash
cat >/dev/null
echo 'blocks of the database' >'${oracleData}/arch_D-DEMO_1'
echo 'piece handle=${oracleData}/arch_D-DEMO_1 tag=HOLDFAST_LOGS comment=NONE'
echo 'Recovery Manager complete.'
`;

const prepare = async () => {
  const store = await TestStore.make();
  const { url } = await store.start();
  const host = await prepareHost();
  await writeFile(host.environment.RMAN ?? '', writingRman(store.oracleData()));
  await chmod(host.environment.RMAN ?? '', 0o755);
  const environment = { ...host.environment, LOCAL_MOUNT: store.oracleData() };
  const run = (...options: string[]) =>
    runScript([...options, host.logFolder, url.replace('http://', ''), 'testmount'], environment);
  return { store, url, host, run };
};

test('the script brings a backup with its log to the vault of a real gateway', async () => {
  const { store, run } = await prepare();

  const outcome = await run('--level', '0', '--timeout', '60');

  expect(outcome).toMatchObject({ exitCode: 0, output: 'UID_1\n' });
  await waitForPoints(store, ['UID_1']);
  const [log] = [...store.vault.objects]
    .filter(([key]) => key.includes('/logs/'))
    .map(([, bytes]) => bytes.toString());
  expect(log).toContain('tag=HOLDFAST_LOGS');
});

test('the script stops, with nothing written, while the gateway uploads a mount that it reads in place', async () => {
  const { store, host, run } = await prepare();
  store.service.onRequest = (name) => (name === 'openUpload' ? { status: 503 } : undefined);
  await run();

  const second = await run();

  expect(second).toMatchObject({ exitCode: 3, output: '' });
  expect(second.complaints).toContain('testmount has as many snapshots as it may have');
  expect(await logsOf(host)).toHaveLength(1);
});

test('the script hands on what the gateway refuses, with its code', async () => {
  const { store, url, run } = await prepare();
  store.service.state.mounts.length = 0;
  await waitUntil('the mount is gone', async () => (await new Calls(url).status()).error_code !== 0);

  const outcome = await run();

  expect(outcome.exitCode).toBe(4);
  expect(outcome.complaints).toContain(
    'Backup mount does not exist on Export Service. (error code 4295622665)',
  );
  expect(outcome.complaints).toContain('Check the name of the mount');
});
