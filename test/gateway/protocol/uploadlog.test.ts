import { execFileSync } from 'node:child_process';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Calls, logFields } from '../support/calls.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const malformed = 0x1000b0001;
const tooLarge = 0x1000b0002;
const pathRefused = 0x1000b0003;

const mountpoint = ['mountpoint', '/local/testmount'] as const;
const linux = ['platform', 'linux'] as const;
const file = ['file', new Blob(['a log\n'])] as const;

const malformedForms: readonly (readonly [readonly (readonly [string, string | Blob])[], string])[] = [
  [[mountpoint, linux], 'file is missing'],
  [[['file', ''], mountpoint, linux], 'file is empty'],
  [[file, linux], 'mountpoint is missing'],
  [[file, ['mountpoint', ''], linux], 'mountpoint is empty'],
  [[file, ['mountpoint', 'local'], linux], 'mountpoint must be an absolute path on the platform'],
  [[file, ['mountpoint', 'Z:\\'], linux], 'mountpoint must be an absolute path on the platform'],
  [[file, mountpoint], 'platform must be linux or windows'],
  [[file, mountpoint, ['platform', 'aix']], 'platform must be linux or windows'],
  [[file, mountpoint, linux, ['database', 'ORCL']], 'Unrecognized key: "database"'],
  [[file, file, mountpoint, linux], 'file is given twice'],
  [[file, mountpoint, mountpoint, linux], 'mountpoint is given twice'],
  [[['file', '/local/testmount/x.log'], file, mountpoint, linux], 'file is given twice'],
  [[['mountpoint', new Blob(['x'])], file, linux], 'mountpoint must not be a file'],
  [[file, ['mountpoint', `/${'x'.repeat(5000)}`], linux], 'mountpoint is longer than 4096 bytes'],
];

const startBackup = async (settings = {}) => {
  const store = await TestStore.make({ settings });
  const { url } = await store.start();
  const calls = new Calls(url);
  await calls.start();
  return { store, calls };
};

/** Finishes the backup and answers the logs that came into the vault. */
const finishAndReadLogs = async (store: TestStore, calls: Calls): Promise<string[]> => {
  await calls.finish();
  await waitUntil('the snapshot is a point', () => store.service.state.uploads.at(-1)?.state === 'committed');
  const logs = [...store.vault.objects].filter(([key]) => key.includes('/logs/'));
  return logs.map(([, bytes]) => bytes.toString());
};

test('the fields may come in any order', async () => {
  const { store, calls } = await startBackup();
  const log = (content: string) => ['file', new Blob([content])] as const;

  for (const fields of [
    [log('one'), mountpoint, linux],
    [linux, mountpoint, log('two')],
    [mountpoint, log('three'), linux],
  ]) {
    expect(await calls.uploadLog(fields)).toMatchObject({ status: 200, error_code: 0 });
  }

  expect(await finishAndReadLogs(store, calls)).toEqual(['one', 'two', 'three']);
});

test('a mount point is a path on its platform', async () => {
  const { calls } = await startBackup();

  for (const [path, platform] of [
    ['/local/testmount', 'linux'],
    ['Z:\\oracle', 'windows'],
    ['\\\\192.0.2.1\\testmount', 'windows'],
  ] as const) {
    const answer = await calls.uploadLog([file, ['mountpoint', path], ['platform', platform]]);

    expect(answer, path).toMatchObject({ error_code: 0, result: { mount_name: 'testmount' } });
  }
});

test('an empty log is a log', async () => {
  const { calls } = await startBackup();

  expect(await calls.uploadLog([['file', new Blob([])], mountpoint, linux])).toMatchObject({ error_code: 0 });
});

test('a malformed form is refused with what is wrong, and nothing of it stays', async () => {
  const { store, calls } = await startBackup();

  for (const [fields, message] of malformedForms) {
    const answer = await calls.uploadLog(fields);

    expect(answer, message).toMatchObject({ status: 200, error_code: malformed, result: {} });
    expect(answer.error_msg).toContain(message);
    expect(await readdir(join(store.dataDirectory, 'logs'))).toEqual([]);
  }
  expect(await calls.uploadLog(logFields())).toMatchObject({ error_code: 0 });
});

test('a log that is too large is refused, and nothing of it stays', async () => {
  const { store, calls } = await startBackup({ maxLogBytes: 100_000 });

  const answer = await calls.uploadLog(logFields('x'.repeat(3_000_000)));

  expect(answer).toMatchObject({ status: 200, error_code: tooLarge });
  expect(answer.error_msg).toContain('larger than 100000 bytes');
  expect(await readdir(join(store.dataDirectory, 'logs'))).toEqual([]);
  expect(await calls.uploadLog(logFields('x'.repeat(100_000)))).toMatchObject({ error_code: 0 });
});

describe('a log named by its path', () => {
  const named = (path: string, platform = 'linux', at = '/local/testmount') =>
    [
      ['file', path],
      ['mountpoint', at],
      ['platform', platform],
    ] as const;

  const startWithLog = async () => {
    const { store, calls } = await startBackup({ exportRoot: '/Phoenix' });
    await mkdir(join(store.oracleData(), 'logs'));
    await writeFile(join(store.oracleData(), 'logs', 'run.log'), 'written to the mount\n');
    return { store, calls };
  };

  test('is read from the mount, whichever side the path is seen from', async () => {
    const { store, calls } = await startWithLog();

    for (const fields of [
      named('/local/testmount/logs/run.log'),
      named('/Phoenix/testmount/oracle_data/logs/run.log'),
      named(join(store.oracleData(), 'logs/run.log')),
      named('z:\\Oracle\\logs\\run.log', 'windows', 'Z:\\oracle'),
    ]) {
      expect(await calls.uploadLog(fields)).toMatchObject({ error_code: 0 });
    }
    expect(await finishAndReadLogs(store, calls)).toContain('written to the mount\n');
  });

  test('is refused for any other path', async () => {
    const { store, calls } = await startWithLog();
    await symlink(join(store.dataDirectory, 'store.json'), join(store.oracleData(), 'link-to-token'));
    await symlink(store.dataDirectory, join(store.oracleData(), 'link-to-data'));
    execFileSync('mkfifo', [join(store.oracleData(), 'pipe')]);

    for (const path of [
      '/etc/hostname',
      '/local/testmount2/logs/run.log',
      '/local/testmount/none.log',
      '/local/testmount/logs',
      '/local/testmount',
      '/local/testmount/../../../data/store.json',
      '/local/testmount/link-to-token',
      '/local/testmount/link-to-data/store.json',
      '/local/testmount/pipe',
      'logs/run.log',
    ]) {
      const answer = await calls.uploadLog(named(path));

      expect(answer, path).toMatchObject({ status: 200, error_code: pathRefused, result: {} });
      expect(answer.error_msg).toContain('send its content (curl -F file=@LOG) or write it to the mount');
    }
  });

  test('is read through a link that stays in the mount', async () => {
    const { store, calls } = await startWithLog();
    await symlink('logs/run.log', join(store.oracleData(), 'latest.log'));

    expect(await calls.uploadLog(named('/local/testmount/latest.log'))).toMatchObject({ error_code: 0 });
  });
});
