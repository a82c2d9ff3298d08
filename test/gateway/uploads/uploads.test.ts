import { appendFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { backUp, cloneByCopy, pointsOf, waitForPoints, writePiece } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import type { ServiceFault } from '../support/fake-service.ts';
import type { VaultFault } from '../support/fake-vault.ts';
import { Gate } from '../support/gate.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const exceeded = { error_code: 4295622664, error_msg: 'Backup mount exceeded max pending snapshots.' };

/** Holds every PUT to the vault until the gate opens. */
const holdVault = ({ vault }: TestStore): Gate => {
  const gate = new Gate();
  vault.onRequest = async (method) => {
    if (method === 'PUT') await gate.pass();
    return undefined;
  };
  return gate;
};

const filesOfVault = ({ vault }: TestStore, folder: string): number =>
  [...vault.objects.keys()].filter((key) => key.includes(`/${folder}/`)).length;

test('a snapshot becomes a recovery point and its local copy goes', async () => {
  const store = await TestStore.make();
  const { url } = await store.start(cloneByCopy);
  await writePiece(store, 'piece', 100_000);

  await backUp(url);

  await waitForPoints(store, ['UID_1']);
  const [upload] = store.service.state.uploads;
  expect(upload).toMatchObject({ snapName: 'UID_1', state: 'committed' });
  expect([filesOfVault(store, 'packs'), filesOfVault(store, 'logs')]).toEqual([1, 1]);
  await waitUntil('it is released', () =>
    store.logLines.some((line) => line.includes('committed and released')),
  );
  const snapshots = join(store.mountsDirectory, 'testmount', '.holdfast', 'snapshots');
  for (const folder of [
    snapshots,
    join(store.dataDirectory, 'logs'),
    join(store.dataDirectory, 'listings'),
  ]) {
    expect(await readdir(folder)).toEqual([]);
  }
});

test('snapshots of a mount are uploaded in their order, each on top of the one before', async () => {
  const store = await TestStore.make();
  const { url } = await store.start(cloneByCopy);
  const gate = holdVault(store);
  for (const content of ['one', 'two', 'three']) {
    await writeFile(join(store.oracleData(), 'piece'), content);
    await backUp(url);
  }

  gate.open();

  await waitForPoints(store, ['UID_1', 'UID_2', 'UID_3']);
  const [one, two, three] = store.service.state.uploads;
  expect([one?.parent, two?.parent?.uploadId, three?.parent?.uploadId]).toEqual([
    undefined,
    one?.uploadId,
    two?.uploadId,
  ]);
});

test('a mount whose upload takes long does not hold up another', async () => {
  const store = await TestStore.make({ mounts: ['slow', 'quick'] });
  const { url } = await store.start();
  const [slow] = store.service.state.mounts;
  const gate = new Gate();
  store.vault.onRequest = async (_, key) => {
    if (slow && key.includes(slow.mountId)) await gate.pass();
    return undefined;
  };
  await backUp(url, 'slow');
  await gate.reached;

  await backUp(url, 'quick');

  await waitForPoints(store, ['UID_1'], 'quick');
  expect(pointsOf(store, 'slow')).toEqual([]);
  gate.open();
  await waitForPoints(store, ['UID_1'], 'slow');
});

describe('while snapshots are pending', () => {
  test('backups are taken up to the limit, and again as soon as one was uploaded', async () => {
    const store = await TestStore.make({ mounts: [] });
    store.service.state.addMount('testmount', 2);
    const { url } = await store.start(cloneByCopy);
    const calls = new Calls(url);
    const gate = holdVault(store);
    await backUp(url);
    expect((await calls.status()).result.is_reached_max_snapshots).toBe(false);
    await backUp(url);

    expect((await calls.status()).result.is_reached_max_snapshots).toBe(true);
    expect(await calls.start()).toMatchObject({ status: 200, ...exceeded });

    gate.open();
    await waitForPoints(store, ['UID_1', 'UID_2']);
    expect((await calls.status()).result.is_reached_max_snapshots).toBe(false);
    expect(await calls.start()).toMatchObject({ error_code: 0 });
  });

  test('a mount that is read in place takes no other backup', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    const calls = new Calls(url);
    const gate = holdVault(store);
    await backUp(url);

    expect((await calls.status()).result.is_reached_max_snapshots).toBe(true);
    expect(await calls.start()).toMatchObject({ status: 200, ...exceeded });

    gate.open();
    await waitForPoints(store, ['UID_1']);
    expect((await calls.status()).result.is_reached_max_snapshots).toBe(false);
  });

  test('the service may be away for as long as it likes', async () => {
    const store = await TestStore.make();
    const { url } = await store.start(cloneByCopy);
    const { port } = store.service;
    await store.service.stop();

    await backUp(url);
    await backUp(url);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await store.service.listen(port);

    await waitForPoints(store, ['UID_1', 'UID_2']);
  });
});

describe('an object is stored in the end when the vault', () => {
  const faults: readonly (readonly [string, VaultFault])[] = [
    ['answers 409', { status: 409, code: 'ConditionalRequestConflict' }],
    ['answers 429', { status: 429, code: 'SlowDown' }],
    ['answers 500', { status: 500, code: 'InternalError' }],
    ['answers 503', { status: 503, code: 'SlowDown' }],
    ['says that the credentials of the URL ended', { status: 400, code: 'ExpiredToken' }],
    ['resets the connection', 'reset'],
    ['stops answering', 'hang'],
    ['stores it but resets the connection', 'reset-after-storing'],
  ];
  test.each(faults)('%s', async (_, fault) => {
    const store = await TestStore.make();
    const { url } = await store.start();
    await writePiece(store, 'piece', 500_000);
    const faulted = new Set<string>();
    store.vault.onRequest = (_method, key) => {
      if (faulted.has(key)) return undefined;
      faulted.add(key);
      return fault;
    };

    await backUp(url);

    await waitForPoints(store, ['UID_1']);
    expect(faulted.size).toBe(store.vault.objects.size);
    expect(Math.max(0, ...store.vault.storedCounts().values())).toBeLessThanOrEqual(1);
  });

  test('refuses a URL that went out of date', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    store.vault.signsExpired = true;
    await backUp(url);
    await waitUntil('a URL was refused', () => store.vault.requests.some(({ status }) => status === 403));

    store.vault.signsExpired = false;

    await waitForPoints(store, ['UID_1']);
  });
});

describe('a snapshot becomes a point in the end when the service', () => {
  const faults: readonly (readonly [string, ServiceFault])[] = [
    ['cannot be reached', 'reset'],
    ['loses its answer', 'reset-after-work'],
    ['fails', { code: 'INTERNAL' }],
    ['is not ready', { code: 'JOURNAL_PENDING' }],
    ['is throttled', { status: 429 }],
    ['times out', { status: 504 }],
    ['rejects the token for a while', { status: 401 }],
    ['says that another upload took over', { code: 'UPLOAD_FENCED' }],
    ['says that the mount is busy', { code: 'UPLOAD_BUSY' }],
    ['says that the deadline passed', { code: 'UPLOAD_DEADLINE_PASSED' }],
  ];
  test.each(faults)('%s', async (_, fault) => {
    const store = await TestStore.make();
    const { url } = await store.start();
    const faulted = new Set<string>();
    store.service.onRequest = (name) => {
      if (faulted.has(name) || name === 'pollStore') return undefined;
      faulted.add(name);
      return fault;
    };

    await backUp(url);

    await waitForPoints(store, ['UID_1']);
    expect([...faulted].sort()).toEqual(['commitUpload', 'openUpload', 'showUpload', 'signUpload']);
  });
});

test('an upload that was taken over is given up for a new one of the same snapshot', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();
  const { state } = store.service;
  store.vault.onRequest = (_, key) => {
    const [first] = state.uploads;
    if (first && state.uploads.length === 1 && key.includes('/logs/')) {
      Object.assign(first, { state: 'closed', closeReason: 'taken over', fence: first.fence + 1 });
    }
    return undefined;
  };

  await backUp(url);

  await waitForPoints(store, ['UID_1']);
  const [first, second] = state.uploads;
  expect(second?.snapshotId).toBe(first?.snapshotId);
  expect([first?.state, second?.state]).toEqual(['closed', 'committed']);
  expect(pointsOf(store)).toEqual(['UID_1']);
});

describe('a commit that the service refuses', () => {
  const refusal = (code: string) => ({ code, message: 'refused by the test' });

  test('is tried again in the same upload, with every object offered again', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    store.service.state.refusals.push(refusal('COMMIT_OBJECT_MISSING'));

    await backUp(url);

    await waitForPoints(store, ['UID_1']);
    expect(store.service.state.uploads).toHaveLength(1);
    expect(store.service.countOf('commitUpload')).toBe(2);
    const statuses = store.vault.requests.map(({ status }) => status);
    expect(statuses.filter((status) => status === 412)).toHaveLength(store.vault.objects.size);
  });

  test('is tried again in a new upload when the parent is gone', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    store.service.state.refusals.push(refusal('COMMIT_PARENT_GONE'));

    await backUp(url);

    await waitForPoints(store, ['UID_1']);
    expect(store.service.state.uploads.map(({ state }) => state)).toEqual(['closed', 'committed']);
  });

  test('fails its snapshot after three times; that is kept until the next one is a point', async () => {
    const store = await TestStore.make();
    const { url } = await store.start(cloneByCopy);
    const snapshots = join(store.mountsDirectory, 'testmount', '.holdfast', 'snapshots');
    for (let count = 0; count < 3; count++)
      store.service.state.refusals.push(refusal('COMMIT_OBJECT_MISMATCH'));

    await backUp(url);

    const { state } = store.service;
    await waitUntil('the upload is given up', () => state.uploads[0]?.state === 'closed');
    expect(state.uploads[0]?.closeReason).toBe('COMMIT_OBJECT_MISMATCH: refused by the test');
    await waitUntil('it is logged', () =>
      store.logLines.some((line) => line.includes('is no recovery point')),
    );
    expect((await new Calls(url).status()).result.is_reached_max_snapshots).toBe(false);
    expect(await readdir(snapshots)).toHaveLength(1);

    await backUp(url);
    await waitForPoints(store, ['UID_2']);
    await waitUntil('both are released', async () => (await readdir(snapshots)).length === 0);
  });
});

describe('a mount that is read in place and written to before its upload ends', () => {
  test('gives no point but a reason, and is free for another backup', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    const gate = holdVault(store);
    await writePiece(store, 'piece', 100_000);
    await backUp(url);
    await gate.reached;
    await appendFile(join(store.oracleData(), 'piece'), 'RMAN is still writing');

    gate.open();

    const { state } = store.service;
    await waitUntil('the upload is given up', () => state.uploads[0]?.state === 'closed');
    expect(state.uploads[0]?.closeReason).toMatch(/^SNAPSHOT_FILE_CHANGED: piece: had 100000 bytes/);
    await backUp(url);
    await waitForPoints(store, ['UID_2']);
  });

  test('is not given up while its disk is away', async () => {
    const store = await TestStore.make();
    const { url } = await store.start();
    const root = join(store.mountsDirectory, 'testmount');
    const gate = holdVault(store);
    await writePiece(store, 'piece', 100_000);
    await backUp(url);
    await gate.reached;
    await rename(root, `${root}.away`);

    gate.open();
    await waitUntil('it was tried', () =>
      store.logLines.some((line) => line.includes('mount is inconsistent')),
    );
    await rename(`${root}.away`, root);

    await waitForPoints(store, ['UID_1']);
    expect(store.service.state.uploads).toHaveLength(1);
  });
});
