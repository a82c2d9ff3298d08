import { execFileSync } from 'node:child_process';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Answer, Calls, logFields } from '../support/calls.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const malformed = 0x1000b0001;
const tooLarge = 0x1000b0002;
const pathRefused = 0x1000b0003;

const mountpoint = ['mountpoint', '/local/testmount'] as const;
const linux = ['platform', 'linux'] as const;
const file = ['file', new Blob(['a log\n'])] as const;

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
  for (const fields of [
    [file, mountpoint, linux],
    [linux, mountpoint, file],
    [mountpoint, file, linux],
  ]) {
    const { store, calls } = await startBackup();

    expect(await calls.uploadLog(fields)).toMatchObject({ status: 200, error_code: 0 });
    expect(await finishAndReadLogs(store, calls)).toEqual(['a log\n']);
  }
});

test.each([
  ['/local/testmount', 'linux'],
  ['Z:\\oracle', 'windows'],
  ['\\\\192.0.2.1\\testmount', 'windows'],
])('the mount point %s is one of %s', async (path, platform) => {
  const { calls } = await startBackup();

  const answer = await calls.uploadLog([file, ['mountpoint', path], ['platform', platform]]);

  expect(answer).toMatchObject({ error_code: 0, result: { mount_name: 'testmount' } });
});

test('an empty log is a log', async () => {
  const { calls } = await startBackup();

  expect(await calls.uploadLog([['file', new Blob([])], mountpoint, linux])).toMatchObject({ error_code: 0 });
});

describe('a malformed form is refused with what is wrong:', () => {
  const twice = 'is given twice';
  test.each([
    ['no file', [mountpoint, linux], 'file is missing'],
    ['an empty path', [['file', ''], mountpoint, linux], 'file is empty'],
    ['no mount point', [file, linux], 'mountpoint is missing'],
    ['an empty mount point', [file, ['mountpoint', ''], linux], 'mountpoint is empty'],
    ['a relative mount point', [file, ['mountpoint', 'local'], linux], 'mountpoint must be an absolute path'],
    [
      'a mount point of another platform',
      [file, ['mountpoint', 'Z:\\'], linux],
      'mountpoint must be absolute',
    ],
    ['no platform', [file, mountpoint], 'platform must be linux or windows'],
    ['an unknown platform', [file, mountpoint, ['platform', 'aix']], 'platform must be linux or windows'],
    ['an unknown field', [file, mountpoint, linux, ['database', 'ORCL']], '"database"'],
    ['two files', [file, file, mountpoint, linux], ''],
    ['two mount points', [file, mountpoint, mountpoint, linux], `mountpoint ${twice}`],
    [
      'a path beside the content',
      [['file', '/local/testmount/x.log'], file, mountpoint, linux],
      `file ${twice}`,
    ],
    [
      'a mount point as a file',
      [['mountpoint', new Blob(['x'])], file, linux],
      'mountpoint must not be a file',
    ],
    ['a field of 5,000 bytes', [file, ['mountpoint', `/${'x'.repeat(5000)}`], linux], 'mountpoint is longer'],
  ] as const)('%s', async (_, fields, message) => {
    const { store, calls } = await startBackup();

    const answer = await calls.uploadLog(fields);

    expect(answer).toMatchObject({ status: 200, error_code: malformed, result: {} });
    expect(answer.error_msg).toContain(message.replace('be absolute', 'be an absolute'));
    expect(await readdir(join(store.dataDirectory, 'logs'))).toEqual([]);
    expect(await calls.uploadLog(logFields())).toMatchObject({ error_code: 0 });
  });
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

  const refusals: readonly (readonly [string, (store: TestStore) => string])[] = [
    ['outside of the mount', () => '/etc/hostname'],
    ['beside the mount point', () => '/local/testmount2/logs/run.log'],
    ['that does not exist', () => '/local/testmount/none.log'],
    ['of a folder', () => '/local/testmount/logs'],
    ['of the mount point itself', () => '/local/testmount'],
    ['that climbs out of the mount', () => '/local/testmount/../../../data/store.json'],
    ['through a link out of the mount', () => '/local/testmount/link-to-token'],
    ['through a linked folder out of the mount', () => '/local/testmount/link-to-data/store.json'],
    ['of a pipe', () => '/local/testmount/pipe'],
    ['relative to nothing', () => 'logs/run.log'],
  ];
  test.each(refusals)('is refused for a path %s', async (_, pathOf) => {
    const { store, calls } = await startWithLog();
    await symlink(join(store.dataDirectory, 'store.json'), join(store.oracleData(), 'link-to-token'));
    await symlink(store.dataDirectory, join(store.oracleData(), 'link-to-data'));
    execFileSync('mkfifo', [join(store.oracleData(), 'pipe')]);

    const answer: Answer = await calls.uploadLog(named(pathOf(store)));

    expect(answer).toMatchObject({ status: 200, error_code: pathRefused, result: {} });
    expect(answer.error_msg).toContain('send its content (curl -F file=@LOG) or write it to the mount');
  });

  test('is read through a link that stays in the mount', async () => {
    const { store, calls } = await startWithLog();
    await symlink('logs/run.log', join(store.oracleData(), 'latest.log'));

    expect(await calls.uploadLog(named('/local/testmount/latest.log'))).toMatchObject({ error_code: 0 });
  });
});
