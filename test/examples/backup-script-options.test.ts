import { spawn } from 'node:child_process';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { backupScript } from '../../local/fake-rman/oracle-host.ts';
import { waitUntil } from '../gateway/support/wait-until.ts';
import { type Host, logsOf, prepareHost, runScript } from './run-script.ts';
import { allCalls, startScriptedStore } from './scripted-store.ts';

const run = (host: Host, store: { readonly address: string }, ...options: string[]) =>
  runScript([...options, host.logFolder, store.address, 'testmount'], host.environment);

const lockFile = (host: Host, { address }: { readonly address: string }): string =>
  join(host.logFolder, `.holdfast-${address.replace(':', '-')}-testmount.lock`);

test('options may stand before, between and behind the arguments', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost();

  const outcome = await runScript(
    ['--level', '1', host.logFolder, '--tag=NIGHTLY', store.address, 'testmount', '--timeout', '60'],
    host.environment,
  );

  expect(outcome).toMatchObject({ exitCode: 0, output: 'UID_1\n' });
  const input = await readFile(host.rmanInput, 'utf8');
  expect(input).toContain("backup as backupset incremental level 1 tag 'NIGHTLY'");
  expect(input).toContain(`format '${host.mountFolder}/level1_D-%d_%U' database;`);
  expect(input).not.toContain('as copy');
});

test('--rman-script runs commands of the DBA, and nothing else', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost();
  const commands = join(host.logFolder, 'own commands.rman');
  await writeFile(commands, 'backup database;\nexit;\n');

  const { exitCode } = await run(host, store, '--rman-script', commands);

  expect(exitCode).toBe(0);
  expect((await readFile(host.rmanInput, 'utf8')).split('\n').slice(3)).toEqual([
    'backup database;',
    'exit;',
    '',
  ]);
});

test('--dry-run prints calls and commands in their order and does nothing', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost();

  const { exitCode, output } = await run(host, store, '--dry-run', '--level', '0');

  expect(exitCode).toBe(0);
  expect(
    output
      .split('\n')
      .filter((line) => /^(GET|POST|PUT) /.test(line))
      .map((line) => line.split(' ')[0]),
  ).toEqual(allCalls.map((call) => call.split(' ')[0]));
  expect(output).toContain("incremental level 0 tag 'HOLDFAST_LEVEL_0'");
  expect(store.calls).toEqual([]);
  expect(await readdir(host.logFolder)).toEqual([]);
});

test('--help says what there is, and needs no arguments', async () => {
  const { exitCode, output } = await runScript(['--help'], {});

  expect(exitCode).toBe(0);
  for (const option of [
    '--level',
    '--tag',
    '--rman-script',
    '--timeout',
    '--keep-logs',
    '--dry-run',
    'Exit codes',
  ]) {
    expect(output).toContain(option);
  }
});

test.for([
  [['--level', '2'], "--level is '2': give 0 or 1"],
  [['--level'], '--level needs a value'],
  [['--tag', "x' delete"], 'give a letter and up to 29 letters'],
  [['--timeout', '0'], "--timeout is '0': give a whole number from 1"],
  [['--keep-logs', 'all'], "--keep-logs is 'all'"],
  [['--rman-script', '/nowhere.rman'], '/nowhere.rman is not a file'],
  [['--rman-script', '/dev/null', '--level', '0'], 'leave --level and --tag out'],
  [['--fast'], 'there is no option --fast'],
] as const)('refuses %j before any call', async ([options, message]) => {
  const store = await startScriptedStore();
  const host = await prepareHost();

  const args =
    options.length === 1
      ? [host.logFolder, store.address, 'testmount', ...options]
      : [...options, host.logFolder, store.address, 'testmount'];
  const { exitCode, complaints } = await runScript(args, host.environment);

  expect(exitCode).toBe(2);
  expect(complaints).toContain(message);
  expect(store.calls).toEqual([]);
});

test('--timeout ends RMAN, and no snapshot is taken', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost();
  await writeFile(join(host.mountFolder, '..', 'rman'), '#!/bin/sh\nexec sleep 60\n');

  const { exitCode, complaints } = await run(host, store, '--timeout', '1');

  expect(exitCode).toBe(5);
  expect(complaints).toContain('RMAN did not end within 1 seconds and was ended');
  expect(store.calls.map(({ name }) => name)).toEqual(['GET backup', 'POST backup']);
});

test('--keep-logs removes the oldest logs of earlier days, and no other file', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost();
  const lastWeek = new Date(Date.now() - 7 * 86_400_000);
  const names = [
    'rman_full_backup_20250101_000000.log',
    'rman_full_backup_20250102_000000.log',
    'rman_of_mine.log',
  ];
  for (const name of names) {
    await writeFile(join(host.logFolder, name), '');
    await utimes(join(host.logFolder, name), lastWeek, lastWeek);
  }
  // Of an old day by its name, but somebody writes to it.
  await writeFile(join(host.logFolder, 'rman_full_backup_20240101_000000.log'), '');

  const { exitCode } = await run(host, store, '--keep-logs', '2');

  expect(exitCode).toBe(0);
  expect((await logsOf(host)).sort()).toEqual([
    'rman_full_backup_20240101_000000.log',
    'rman_full_backup_20250102_000000.log',
    expect.stringMatching(/^rman_full_backup_\d{8}_\d{6}\.log$/),
    'rman_of_mine.log',
  ]);
});

test('two runs on one mount do not meet, and the lock of one that was killed does not hold up the next', async () => {
  const store = await startScriptedStore();
  const host = await prepareHost();
  const rman = join(host.mountFolder, '..', 'rman');
  const quick = await readFile(rman, 'utf8');
  await writeFile(rman, '#!/bin/sh\nexec sleep 60\n');
  const args = [host.logFolder, store.address, 'testmount'];
  // A group of its own: the kill takes RMAN too, as a crash of the host does.
  const child = spawn(backupScript, args, {
    env: { PATH: process.env.PATH, ...host.environment },
    stdio: 'ignore',
    detached: true,
  });
  const kill = () =>
    child.exitCode === null && child.signalCode === null && process.kill(-Number(child.pid), 'SIGKILL');
  onTestFinished(() => void kill());
  await waitUntil('RMAN runs', async () => (await logsOf(host)).length === 1);

  const second = await run(host, store);
  expect(second.exitCode).toBe(6);
  expect(second.complaints).toContain(`another run uses testmount: process ${child.pid} since`);

  const ended = new Promise((resolve) => child.once('close', resolve));
  kill();
  await ended;
  // The shell is gone; what it ran, and what holds the lock with it, may need a moment more.
  const isGone = () => {
    try {
      return !process.kill(-Number(child.pid), 0);
    } catch {
      return true;
    }
  };
  await waitUntil('all of its group are gone', isGone);
  await writeFile(rman, quick);
  expect(await readFile(lockFile(host, store), 'utf8')).toContain(`process ${child.pid}`);
  const third = await run(host, store);
  expect(third).toMatchObject({ exitCode: 0, output: 'UID_1\n' });
  expect(third.complaints).toContain('a run before this one was broken off');
  expect(await readFile(lockFile(host, store), 'utf8')).toBe('');
});
