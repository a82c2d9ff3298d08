import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeTree } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  folderOf,
  holdGets,
  jobId,
  makePoint,
  restoreMissing,
  stagingOf,
  startWithPoint,
  waitForEnd,
} from './staged-point.ts';

test('a recovery point is staged, reported and removed when the DBA asks', async () => {
  const { store, url, point } = await startWithPoint();

  const restore = store.service.state.orderRestore(point, jobId);
  await waitForEnd(restore);

  expect(restore).toMatchObject({
    state: 'completed',
    progress: { filesDone: 1, filesTotal: 1, bytesDone: 100_000, bytesTotal: 100_000 },
  });
  expect(await describeTree(folderOf(store))).toEqual(await describeTree(store.oracleData()));
  expect(await readdir(stagingOf(store))).toEqual([]);
  const calls = new Calls(url);
  expect((await calls.deleteRestore(jobId)).text).toBe(
    '{"error_code":0,"error_msg":"","result":{"mount_name":"testmount","jobid":242135}}',
  );
  expect(await readdir(join(store.mountsDirectory, 'testmount', 'restores'))).toEqual([]);
  expect(await readdir(join(store.mountsDirectory, 'testmount', '.holdfast', 'trash'))).toEqual([]);
  expect(await calls.deleteRestore(jobId)).toMatchObject(restoreMissing);
});

test('a point of another mount is staged to the mount that is named, under its own number', async () => {
  const store = await TestStore.make({ mounts: ['testmount', 'other'] });
  const { url } = await store.start();
  const point = await makePoint(store, url, { piece: 100_000 });
  const other = store.service.state.mounts.find(({ name }) => name === 'other');

  const restore = store.service.state.orderRestore(point, jobId, { targetMountId: other?.mountId });
  await waitForEnd(restore);

  expect(restore).toMatchObject({ state: 'completed' });
  expect(await describeTree(folderOf(store, jobId, 'other'))).toEqual(await describeTree(store.oracleData()));
  expect(await readdir(join(folderOf(store), '..'))).toEqual([]);
  expect(await new Calls(url).deleteRestore(jobId)).toMatchObject(restoreMissing);
  expect(await new Calls(url, 'other').deleteRestore(jobId)).toMatchObject({ error_code: 0 });
});

describe('many restores at once', () => {
  /** Restores that stand before the vault. */
  const orderMany = async (
    store: TestStore,
    point: Parameters<typeof store.service.state.orderRestore>[0],
  ) => {
    const gate = holdGets(store);
    const restores = Array.from({ length: 8 }, (_, index) =>
      store.service.state.orderRestore(point, jobId + index),
    );
    const isStaged = async () => (await readdir(stagingOf(store))).length === 3;
    await waitUntil('three have begun', isStaged);
    await waitUntil('all have reported', () => restores.every(({ state }) => state === 'staging'));
    return { gate, restores, isStaged };
  };

  test('are staged three at a time, in their order; the others report that they wait', async () => {
    const { store, point } = await startWithPoint();

    const { gate, restores, isStaged } = await orderMany(store, point);

    const waiting = restores.filter(({ progress }) => progress.isQueued === true);
    expect(waiting.map(({ jobId: job }) => job)).toEqual([3, 4, 5, 6, 7].map((index) => jobId + index));
    expect(await isStaged()).toBe(true);
    gate.open();
    for (const restore of restores) await waitForEnd(restore);
    expect(restores.map(({ state }) => state)).toEqual(Array(8).fill('completed'));
  });

  test('that wait can be ended, and do not hold up the end of the gateway', async () => {
    const { store, point, stop } = await startWithPoint();
    const { restores } = await orderMany(store, point);

    Object.assign(restores[7] ?? {}, { state: 'failed', endedAt: new Date().toISOString() });
    await waitUntil('it is dropped', () =>
      store.logLines.some((line) => line.includes('the service ended the restore')),
    );
    await stop();

    expect(restores.filter(({ endedAt }) => endedAt === undefined)).toHaveLength(7);
  });
});

test('an order under a newer fence takes over from an older run', async () => {
  const { store, point } = await startWithPoint();
  const gate = holdGets(store);
  const restore = store.service.state.orderRestore(point, jobId);
  await gate.reached;

  restore.fence = 2;
  store.vault.onRequest = () => undefined;
  await waitForEnd(restore);
  gate.open();

  expect(restore.state).toBe('completed');
  const results = store.service.requests.filter(({ name }) => name === 'reportRestoreResult');
  expect(results.map(({ body }) => body.fence)).toEqual([2]);
});

test('what is half staged goes when the service ends the restore', async () => {
  const { store, point } = await startWithPoint();
  const gate = holdGets(store);
  const restore = store.service.state.orderRestore(point, jobId);
  await gate.reached;
  expect(await readdir(stagingOf(store))).toEqual([restore.restoreId]);

  restore.state = 'failed';
  restore.endedAt = new Date().toISOString();

  await waitUntil('it is gone', async () => (await readdir(stagingOf(store))).length === 0);
  gate.open();
  await expect(readdir(folderOf(store))).rejects.toThrow('ENOENT');
});

test('a restore of chosen files brings these and nothing else', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();
  const point = await makePoint(store, url, { piece: 100_000, other: 5000 });

  const pathBase64 = Buffer.from('latest').toString('base64');
  const restore = store.service.state.orderRestore(point, jobId, {
    paths: [{ path: 'other' }, { pathBase64 }],
    owners: { allTo: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 } },
  });
  await waitForEnd(restore);

  expect(restore).toMatchObject({ state: 'completed', progress: { filesDone: 1, bytesTotal: 5000 } });
  expect((await readdir(folderOf(store))).sort()).toEqual(['latest', 'other']);
});
