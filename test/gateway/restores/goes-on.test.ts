import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { describeTree } from '../support/backup.ts';
import { Gate } from '../support/gate.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  folderOf,
  holdGets,
  jobId,
  mebibyte,
  spawnWithPoint,
  stagingOf,
  startWithPoint,
  waitForEnd,
} from './staged-point.ts';

test('a restore goes on after kill -9 and fetches nothing again that is right on the disk', async () => {
  const { store, gateway, point } = await spawnWithPoint({
    first: 25 * mebibyte,
    second: 25 * mebibyte,
    third: 25 * mebibyte,
  });
  const gate = new Gate();
  // The last pack is held until the others are on the disk.
  const lastPack = [...store.vault.objects.keys()]
    .filter((key) => key.includes('/packs/'))
    .toSorted()
    .at(-1);
  store.vault.onRequest = async (method, key) => {
    if (method === 'GET' && key === lastPack) await gate.pass();
    return undefined;
  };
  const restore = store.service.state.orderRestore(point, jobId);
  await gate.reached;
  await waitUntil('the other packs are placed', () => restore.progress.bytesDone >= 45 * mebibyte);

  await gateway.end('SIGKILL');
  gate.open();
  await store.spawn();
  await waitForEnd(restore);

  expect(restore).toMatchObject({ state: 'completed', progress: { bytesDone: 75 * mebibyte } });
  const firstPack = ({ method, key }: { method: string; key: string }) =>
    method === 'GET' && key.includes('/packs/00000001-');
  expect(store.vault.requests.filter(firstPack)).toHaveLength(1);
  expect(await describeTree(folderOf(store))).toEqual(await describeTree(store.oracleData()));
});

test('a restore that was staged but not reported at kill -9 is reported by the next start', async () => {
  const { store, gateway, point } = await spawnWithPoint({ piece: 100_000 });
  const gate = new Gate();
  store.service.onRequest = async (name) => {
    if (name !== 'reportRestoreResult') return undefined;
    await gate.pass();
    // The service never got this one.
    return 'reset';
  };
  const restore = store.service.state.orderRestore(point, jobId);
  await gate.reached;

  await gateway.end('SIGKILL');
  store.service.onRequest = () => undefined;
  gate.open();
  const gets = store.vault.requests.length;
  await store.spawn();
  await waitForEnd(restore);

  expect(restore.state).toBe('completed');
  expect(store.vault.requests).toHaveLength(gets);
  expect(await readdir(folderOf(store))).toEqual(['ORCL', 'latest', 'piece']);
});

test('a restore reports that it is alive while nothing moves', async () => {
  const { store, point } = await startWithPoint();
  const gate = holdGets(store);
  store.service.state.orderRestore(point, jobId);
  await gate.reached;
  const before = store.service.countOf('reportRestoreProgress');

  await waitUntil('it reported', () => store.service.countOf('reportRestoreProgress') >= before + 2);

  gate.open();
});

describe('a restore goes on when', () => {
  test.each([
    ['the vault fails', { status: 503, code: 'SlowDown' }],
    ['the vault resets the connection', 'reset'],
    ['the vault stops answering', 'hang'],
  ] as const)('%s', async (_, fault) => {
    const { store, point } = await startWithPoint();
    const faulted = new Set<string>();
    store.vault.onRequest = (_method, key) => {
      if (faulted.has(key)) return undefined;
      faulted.add(key);
      return fault;
    };

    const restore = store.service.state.orderRestore(point, jobId);
    await waitForEnd(restore);

    expect(restore.state).toBe('completed');
    expect(faulted.size).toBeGreaterThan(1);
  });

  test('the service fails', async () => {
    const { store, point } = await startWithPoint();
    const faulted = new Set<string>();
    store.service.onRequest = (name) => {
      if (faulted.has(name)) return undefined;
      faulted.add(name);
      return { status: 503 };
    };

    const restore = store.service.state.orderRestore(point, jobId);
    await waitForEnd(restore);

    expect(restore.state).toBe('completed');
    expect([...faulted]).toContain('signRestore');
    expect([...faulted]).toContain('reportRestoreResult');
  });

  test('a URL went out of date', async () => {
    const { store, point } = await startWithPoint();
    store.vault.signsExpired = true;
    const restore = store.service.state.orderRestore(point, jobId);
    await waitUntil('a URL was refused', () =>
      store.vault.requests.some(({ method, status }) => method === 'GET' && status === 403),
    );

    store.vault.signsExpired = false;
    await waitForEnd(restore);

    expect(restore.state).toBe('completed');
  });
});

test('a restore that meets a frozen pack keeps what it has, and goes on when it is ordered again', async () => {
  const { store, point } = await startWithPoint();
  const frozen = [...store.vault.objects.keys()].filter((key) => key.includes('/packs/')).at(-1);
  let isFrozen = true;
  store.vault.onRequest = (method, key) =>
    method === 'GET' && key === frozen && isFrozen ? { status: 403, code: 'InvalidObjectState' } : undefined;

  const restore = store.service.state.orderRestore(point, jobId);
  await waitUntil('the restore waits', () => restore.state === 'thawing');
  // Polls that order it, and none of them begins it.
  const { length } = store.vault.requests;
  const polls = store.service.countOf('pollStore');
  await waitUntil('two more polls', () => store.service.countOf('pollStore') >= polls + 2);
  expect(store.vault.requests.slice(length).filter(({ method }) => method === 'GET')).toEqual([]);
  expect(await readdir(stagingOf(store))).toEqual([restore.restoreId]);
  isFrozen = false;
  Object.assign(restore, { state: 'handed-over', fence: restore.fence + 1 });
  await waitForEnd(restore);

  expect(restore).toMatchObject({ state: 'completed', fence: 2 });
  expect(await describeTree(folderOf(store))).toEqual(await describeTree(store.oracleData()));
});
