import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { takesLateLog } from '../../../gateway/backups/late-log-window.ts';
import { openJournal } from '../../../gateway/journal/journal.ts';
import { addMillis, toInstant } from '../../../shared/domain/instant.ts';
import { backUp, cloneByCopy, waitForPoints, writePiece } from '../support/backup.ts';
import { Calls, logFields } from '../support/calls.ts';
import type { ServiceFault } from '../support/fake-service.ts';
import type { VaultFault } from '../support/fake-vault.ts';
import { Gate } from '../support/gate.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const ok = { error_code: 0, result: { mount_name: 'testmount' } };
const notStarted = { error_code: 4295622659, result: {} };

const logsOf = ({ vault }: TestStore): string[] =>
  [...vault.objects].flatMap(([key, bytes]) => (key.includes('/logs/') ? [bytes.toString()] : []));

const spooled = ({ dataDirectory }: TestStore): Promise<string[]> => readdir(join(dataDirectory, 'logs'));

const waitForLogs = (store: TestStore, logs: readonly string[]): Promise<void> =>
  waitUntil(
    `the vault has ${logs.length} logs and the spool none`,
    async () => logsOf(store).join() === logs.join() && (await spooled(store)).length === 0,
  );

const isReleased = (store: TestStore): Promise<void> =>
  waitUntil('the snapshot is released', () =>
    store.logLines.some((line) => line.includes('committed and released')),
  );

/** A store whose mount has a recovery point with one log, and nothing left to do. */
async function startWithPoint() {
  const store = await TestStore.make();
  const { url, stop } = await store.start(cloneByCopy);
  await backUp(url);
  await isReleased(store);
  return { store, stop, calls: new Calls(url) };
}

test('a log that comes before the upload begins goes with its snapshot', async () => {
  const store = await TestStore.make();
  const { url } = await store.start(cloneByCopy);
  const gate = new Gate();
  store.service.onRequest = async (name) => void (name === 'openUpload' && (await gate.pass()));
  await backUp(url);

  expect(await new Calls(url).uploadLog(logFields('the end of it\n'))).toMatchObject(ok);
  gate.open();

  await waitForPoints(store, ['UID_1']);
  await waitForLogs(store, ['log of testmount\n', 'the end of it\n']);
  expect(store.service.countOf('signLateLog')).toBe(0);
});

test('a log that comes while the snapshot is uploaded is sent once it is a recovery point', async () => {
  const store = await TestStore.make();
  const { url } = await store.start(cloneByCopy);
  const gate = new Gate();
  store.vault.onRequest = async (_, key) => void (key.includes('/manifest') && (await gate.pass()));
  await backUp(url);
  await gate.reached;

  expect(await new Calls(url).uploadLog(logFields('too late\n'))).toMatchObject(ok);
  expect(store.service.countOf('signLateLog')).toBe(0);
  gate.open();

  await waitForLogs(store, ['log of testmount\n', 'too late\n']);
  const [upload] = store.service.state.uploads;
  expect(store.service.state.lateLogs).toMatchObject([
    {
      ...{ uploadId: upload?.uploadId, number: 2, codec: 'none', storedBytes: 9, rawBytes: 9 },
      ...{ mountpoint: '/local/testmount', platform: 'linux', fileName: 'rman.log' },
    },
  ]);
});

test('a log that comes after the release is sent, large ones compressed; the same one twice counts once', async () => {
  const { store, calls } = await startWithPoint();
  const large = 'channel ORA_DISK_1: backup set complete\n'.repeat(30_000);

  for (const content of [large, large, 'log of testmount\n']) {
    expect(await calls.uploadLog(logFields(content))).toMatchObject(ok);
  }
  await waitUntil('it is in the vault', async () => (await spooled(store)).length === 0);
  expect(await calls.uploadLog(logFields(large))).toMatchObject(ok);

  expect(await spooled(store)).toEqual([]);
  expect(store.service.countOf('signLateLog')).toBe(1);
  expect(store.service.state.lateLogs).toMatchObject([{ number: 2, codec: 'zstd', rawBytes: large.length }]);
  expect(logsOf(store)).toHaveLength(2);
});

test('after the next POST a log belongs to the new backup', async () => {
  const { store, calls } = await startWithPoint();
  expect(await calls.uploadLog(logFields('late\n'))).toMatchObject(ok);
  await waitForLogs(store, ['log of testmount\n', 'late\n']);

  await calls.start();
  for (const content of ['late\n', 'of the second\n']) {
    expect(await calls.uploadLog(logFields(content))).toMatchObject(ok);
  }
  await calls.finish();

  await waitForPoints(store, ['UID_1', 'UID_2']);
  await waitForLogs(store, ['log of testmount\n', 'late\n', 'late\n', 'of the second\n']);
  expect(store.service.countOf('signLateLog')).toBe(1);
});

test('kill -9 while a late log is sent loses nothing and announces nothing anew', async () => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn();
  await backUp(url);
  await waitForPoints(store, ['UID_1']);
  const gate = new Gate();
  store.vault.onRequest = async (_, key) => {
    if (!key.includes('/logs/')) return undefined;
    await gate.pass();
    return 'reset';
  };
  expect(await new Calls(url).uploadLog(logFields('late\n'))).toMatchObject(ok);
  await gate.reached;

  await gateway.end('SIGKILL');
  store.vault.onRequest = () => undefined;
  gate.open();
  await store.spawn();

  await waitForLogs(store, ['log of testmount\n', 'late\n']);
  expect(store.service.state.lateLogs).toHaveLength(1);
});

test('a late log waits while the service is away, over restarts too', async () => {
  const { store, stop, calls } = await startWithPoint();
  const { port } = store.service;
  await store.service.stop();

  expect(await calls.uploadLog(logFields('late\n'))).toMatchObject(ok);
  await waitUntil('it was tried', () => store.logLines.some((line) => line.includes('late log not in')));
  await stop();
  await store.startUnready(cloneByCopy);
  expect(await spooled(store)).toHaveLength(1);
  await store.service.listen(port);

  await waitForLogs(store, ['log of testmount\n', 'late\n']);
});

describe('a late log is stored in the end when', () => {
  const serviceFaults: readonly (readonly [string, ServiceFault])[] = [
    ['the service cannot be reached', 'reset'],
    ['the answer of the service is lost', 'reset-after-work'],
    ['the service fails', { status: 503 }],
    ['the service rejects the token for a while', { status: 401 }],
    ['the service took another gateway for this one', { code: 'STORE_FORKED' }],
  ];
  const vaultFaults: readonly (readonly [string, VaultFault])[] = [
    ['the vault answers 503', { status: 503, code: 'SlowDown' }],
    ['the vault stores it but resets the connection', 'reset-after-storing'],
  ];

  test.each([
    ...serviceFaults.map(([name, service]) => ({ name, service, vault: undefined })),
    ...vaultFaults.map(([name, vault]) => ({ name, service: undefined, vault })),
  ])('$name', async (fault) => {
    const { store, calls } = await startWithPoint();
    const left = { service: fault.service, vault: fault.vault };
    store.service.onRequest = (name) => {
      if (name !== 'signLateLog') return undefined;
      const given = left.service;
      left.service = undefined;
      return given;
    };
    store.vault.onRequest = () => {
      const given = left.vault;
      left.vault = undefined;
      return given;
    };

    expect(await calls.uploadLog(logFields('late\n'))).toMatchObject(ok);

    await waitForLogs(store, ['log of testmount\n', 'late\n']);
    expect(left).toEqual({ service: undefined, vault: undefined });
    expect(store.service.state.lateLogs).toHaveLength(1);
  });
});

test('a log that the service refuses for good is given up with its reason; uploads go on', async () => {
  const { store, calls } = await startWithPoint();
  const [upload] = store.service.state.uploads;
  if (upload?.committedAt) upload.committedAt -= 8 * 86_400_000;

  expect(await calls.uploadLog(logFields('late\n'))).toMatchObject(ok);

  await waitUntil('it is given up', () => store.logLines.some((line) => line.includes('late log given up')));
  expect(store.logLines.find((line) => line.includes('late log given up'))).toContain('LATE_LOG_REFUSED');
  await waitUntil('it is gone', async () => (await spooled(store)).length === 0);
  await calls.start();
  await calls.finish();
  await waitForPoints(store, ['UID_1', 'UID_2']);
});

test('a log that the service does not take yet holds up no upload and no other log', async () => {
  const store = await TestStore.make({ mounts: ['testmount', 'other'] });
  const { url } = await store.start(cloneByCopy);
  for (const mount of ['testmount', 'other']) {
    await backUp(url, mount);
    await waitForPoints(store, ['UID_1'], mount);
  }
  const stuck = store.service.state.uploads[0]?.uploadId;
  store.service.onRequest = (name, body) =>
    name === 'signLateLog' && body.includes('/local/stuck') ? { status: 503 } : undefined;
  const [file, , platform] = logFields('stuck\n');
  if (!file || !platform) throw new Error('a log has three fields');
  expect(await new Calls(url).uploadLog([file, ['mountpoint', '/local/stuck'], platform])).toMatchObject(ok);

  await new Calls(url, 'other').uploadLog(logFields('late\n'));
  await waitUntil('the other has its log', () => store.service.state.lateLogs.length === 1);
  await backUp(url);
  await waitForPoints(store, ['UID_1', 'UID_2']);

  expect(store.service.state.lateLogs.map(({ uploadId }) => uploadId)).not.toContain(stuck);
  const reported = () =>
    store.service.requests.findLast(({ name }) => name === 'pollStore')?.body.unfinishedWork;
  await waitUntil('the log is all that the service is told to wait for', () => reported() === 1);
  store.service.onRequest = () => undefined;
  await waitUntil('it is in the vault', () => store.service.state.lateLogs.length === 2);
  expect(store.service.state.lateLogs[1]).toMatchObject({ uploadId: stuck, mountpoint: '/local/stuck' });
});

test('one snapshot takes 20 logs after it; more belong to the next backup', async () => {
  const { calls } = await startWithPoint();
  for (let number = 1; number <= 20; number++) {
    expect(await calls.uploadLog(logFields(`late ${number}\n`))).toMatchObject(ok);
  }

  expect(await calls.uploadLog(logFields('late 21\n'))).toMatchObject(notStarted);

  expect(await calls.uploadLog(logFields('late 20\n'))).toMatchObject(ok);
});

test('a journal from the past takes no log, for the newest snapshot is not in it', async () => {
  const { store, stop } = await startWithPoint();
  await stop();
  const journal = openJournal(store.dataDirectory);
  const [mount] = journal.mounts.all();
  if (mount) journal.mounts.raiseLastSnapshot(mount.mountId, 2);
  journal.close();

  const { url } = await store.start(cloneByCopy);

  expect(await new Calls(url).uploadLog(logFields('late\n'))).toMatchObject(notStarted);
});

test('a snapshot that failed takes no log, and one that came before goes with it', async () => {
  const store = await TestStore.make();
  const { url } = await store.start(cloneByCopy);
  const calls = new Calls(url);
  const gate = new Gate();
  store.vault.onRequest = async (_, key) => void (key.includes('/manifest') && (await gate.pass()));
  for (let refusal = 0; refusal < 3; refusal++) {
    store.service.state.refusals.push({ code: 'COMMIT_OBJECT_MISMATCH', message: 'refused by the test' });
  }
  await writePiece(store, 'piece', 1000);
  await backUp(url);
  await gate.reached;
  expect(await calls.uploadLog(logFields('late\n'))).toMatchObject(ok);
  gate.open();
  await waitUntil('it failed', () => store.logLines.some((line) => line.includes('is no recovery point')));

  expect(await calls.uploadLog(logFields('later\n'))).toMatchObject(notStarted);

  await backUp(url);
  await waitForPoints(store, ['UID_2']);
  await isReleased(store);
  expect(await spooled(store)).toEqual([]);
  expect(store.service.countOf('signLateLog')).toBe(0);
});

test('a released snapshot takes logs for 7 days, one that waits for its upload as long as it waits', () => {
  const frozenAt = toInstant(0);
  const of = (state: 'committed' | 'freezing' | 'frozen' | 'released' | 'uploading', days: number) =>
    takesLateLog(
      { state, frozenAt, requestedAt: frozenAt, reason: null },
      addMillis(frozenAt, days * 86_400_000),
    );

  expect([of('committed', 7), of('released', 7), of('frozen', 30), of('uploading', 30)]).toEqual([
    ...[true, true, true, true],
  ]);
  expect([of('freezing', 0), of('committed', 7.01), of('released', 7.01)]).toEqual([false, false, false]);
});
