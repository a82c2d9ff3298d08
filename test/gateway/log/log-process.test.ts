import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { loadConfig } from '../../../gateway/config.ts';
import { backUp, waitForPoints, writePiece } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const read = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

test('SIGHUP opens the log file anew, also when the configuration has a problem', async () => {
  const store = await TestStore.make();
  const file = join(store.folder, 'gateway.log');
  await store.configure({ log: { file } });
  const { gateway, url } = await store.spawn();
  await new Calls(url).status();
  await waitUntil('the call is in the file', async () => (await read(file)).includes('call answered'));

  for (const config of ['{ broken', undefined]) {
    await rename(file, `${file}.1`);
    if (config === undefined) await store.configure({ log: { file } });
    else await writeFile(store.configFile, config);
    gateway.signal('SIGHUP');
    const said = config === undefined ? 'configuration read again' : 'reload refused';
    await waitUntil('the new file tells it', async () => (await read(file)).includes(said));
  }
  await gateway.end('SIGTERM');

  expect(await read(file)).toContain('gateway stopping');
  expect(gateway.stderr).not.toContain('call answered');
});

test('a full disk under the log stops no backup', async () => {
  const store = await TestStore.make();
  await store.activate();
  const command = [inject('gatewayProgram'), '--config', store.configFile];
  const child = spawn(process.execPath, command, {
    stdio: ['ignore', 'pipe', openSync('/dev/full', 'w')],
  });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  if (!child.stdout) throw new Error('standard output is no pipe');
  const [ready] = await once(child.stdout, 'data');
  const { url } = JSON.parse(String(ready));
  await store.mountsAreReady();
  await writePiece(store, 'piece', 100_000);

  await backUp(url);
  await waitForPoints(store, ['UID_1']);

  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test('a log file among the mounts is refused', async () => {
  const store = await TestStore.make();
  await store.configure({ log: { file: join(store.mountsDirectory, 'gateway.log') } });

  await expect(loadConfig(store.configFile)).rejects.toThrow('log.file: must not lie in mountsDirectory');
});
