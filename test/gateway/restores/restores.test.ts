import { mkdir, open, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { backUp, describeTree, waitForPoints, writePiece } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import { Gate } from '../support/gate.ts';
import { ReplayedExportfs } from '../support/replayed-exportfs.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const jobId = 242135;
const mebibyte = 2 ** 20;
const restoreMissing = {
  status: 200,
  error_code: 4295622663,
  error_msg: 'Restore Path is missing on Export Service.',
};

const folderOf = (store: TestStore, job = jobId, mount = 'testmount') =>
  join(store.mountsDirectory, mount, 'restores', String(job));
const stagingOf = (store: TestStore) => join(store.mountsDirectory, 'testmount', '.holdfast', 'staging');

/** Makes one recovery point of a store whose gateway runs. */
const makePoint = async (store: TestStore, url: string, pieces: Record<string, number>) => {
  for (const [name, bytes] of Object.entries(pieces)) {
    await writePiece(store, name, bytes);
    // Whole seconds: Node cannot set times to the nanosecond.
    await utimes(join(store.oracleData(), name), 1_700_000_000, 1_700_000_000);
  }
  await mkdir(join(store.oracleData(), 'ORCL'));
  await symlink('piece', join(store.oracleData(), 'latest'));
  await backUp(url);
  await waitForPoints(store, ['UID_1']);
  const [point] = store.service.state.uploads;
  if (!point) throw new Error('there is no point');
  return point;
};

const startWithPoint = async () => {
  const store = await TestStore.make();
  const { url, stop } = await store.start();
  return { store, url, stop, point: await makePoint(store, url, { piece: 100_000 }) };
};

const spawnWithPoint = async (pieces: Record<string, number>) => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn();
  return { store, gateway, point: await makePoint(store, url, pieces) };
};

const holdGets = ({ vault }: TestStore, isHeld = (key: string) => key.includes('/packs/')): Gate => {
  const gate = new Gate();
  vault.onRequest = async (method, key) => {
    if (method === 'GET' && isHeld(key)) await gate.pass();
    return undefined;
  };
  return gate;
};

const waitForEnd = (restore: { readonly endedAt?: string | undefined }): Promise<void> =>
  waitUntil('the restore ended', () => restore.endedAt !== undefined);

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

describe('deleting a restore', () => {
  test('is refused while it is staged', async () => {
    const { store, url, point } = await startWithPoint();
    const gate = holdGets(store);
    const restore = store.service.state.orderRestore(point, jobId);
    await gate.reached;

    const answer = await new Calls(url).deleteRestore(jobId);

    expect(answer).toMatchObject({
      status: 200,
      error_code: 0x1000b0005,
      error_msg: 'Restore 242135 is still being staged: wait for its end.',
    });
    expect(await readdir(join(store.mountsDirectory, 'testmount', 'restores'))).toEqual([]);
    gate.open();
    await waitForEnd(restore);
    expect(await new Calls(url).deleteRestore(jobId)).toMatchObject({ error_code: 0 });
  });

  test('names only restores of its mount, by their numbers', async () => {
    const store = await TestStore.make({ mounts: ['testmount', 'other'] });
    const { url } = await store.start();
    await mkdir(folderOf(store));
    await mkdir(join(folderOf(store), '..', 'notes'));
    await symlink(store.dataDirectory, folderOf(store, 7));

    expect(await new Calls(url, 'other').deleteRestore(jobId)).toMatchObject(restoreMissing);
    const calls = new Calls(url);
    for (const job of ['7', '0', '-1', '1e3', 'notes', '..%2foracle_data', '0242135', '9'.repeat(30)]) {
      expect(await calls.deleteRestore(job), job).toMatchObject(restoreMissing);
    }
    expect(await new Calls(url, 'unknown').deleteRestore(jobId)).toMatchObject({ error_code: 4295622665 });
    // Left by a journal that is lost: it is there, so it can be removed.
    expect(await calls.deleteRestore(jobId)).toMatchObject({ error_code: 0, result: { jobid: jobId } });
  });

  test('while a client holds a file of it takes the name away; who has the file open reads on', async () => {
    const { store, url, point } = await startWithPoint();
    const restore = store.service.state.orderRestore(point, jobId);
    await waitForEnd(restore);
    const file = await open(join(folderOf(store), 'piece'));

    expect(await new Calls(url).deleteRestore(jobId)).toMatchObject({ error_code: 0 });

    await expect(readdir(folderOf(store))).rejects.toThrow('ENOENT');
    expect((await file.readFile()).length).toBe(100_000);
    await file.close();
  });

  test('that clients cannot see is refused with its reason in the log, until it is exported again', async () => {
    const store = await TestStore.make();
    const exportfs = await ReplayedExportfs.install(store.folder);
    await store.configure({ exports: exportfs.settings });
    const { url } = await store.start();
    await mkdir(folderOf(store));
    await exportfs.breakDown('-ra', 'exportfs: could not open /etc/exports');
    await exportfs.forget();

    expect(await new Calls(url).deleteRestore(jobId)).toMatchObject(restoreMissing);

    expect(store.logLines.some((line) => line.includes('the restore is not exported'))).toBe(true);
    expect(await readdir(join(folderOf(store), '..'))).toEqual([String(jobId)]);
    await exportfs.mend('-ra');
    expect(await new Calls(url).deleteRestore(jobId)).toMatchObject({ error_code: 0 });
    expect(await new Calls(url).deleteRestore(jobId)).toMatchObject(restoreMissing);
  });

  test('is finished by the next start when a crash interrupted it', async () => {
    const store = await TestStore.make();
    const gateway = await store.start();
    await gateway.stop();
    const trash = join(store.mountsDirectory, 'testmount', '.holdfast', 'trash');
    await mkdir(join(trash, 'half-deleted', 'ORCL'), { recursive: true });

    await store.start();

    await waitUntil('it is gone', async () => (await readdir(trash)).length === 0);
  });
});

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

test('damage in the vault costs the files that need it: the others are staged, and the report names it', async () => {
  const store = await TestStore.make();
  const { url, stop } = await store.start();
  const point = await makePoint(store, url, { piece: 100_000, empty: 0 });
  const [pack = ''] = [...store.vault.objects.keys()].filter((key) => key.includes('/packs/'));
  store.vault.objects.delete(pack);
  store.service.onRequest = (name) => (name === 'reportRestoreResult' ? 'reset' : undefined);
  const restore = store.service.state.orderRestore(point, jobId);
  await waitUntil('it is staged', () => store.logLines.some((line) => line.includes('files are left out')));
  // What is to be reported outlives the process.
  await stop();
  store.service.onRequest = () => undefined;
  await store.start();
  await waitForEnd(restore);

  expect(restore).toMatchObject({
    state: 'completed-with-damage',
    progress: { filesDone: 1, filesTotal: 2, bytesDone: 0, bytesTotal: 100_000 },
    damage: {
      filesDamaged: 1,
      bytesDamaged: 100_000,
      files: [{ path: 'piece', code: 'VAULT_OBJECT_MISSING' }],
      objects: [pack],
    },
  });
  expect((await readdir(folderOf(store))).sort()).toEqual(['ORCL', 'empty', 'latest']);
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

describe('a restore fails with a reason, and leaves nothing, when', () => {
  test('an object is missing from the vault', async () => {
    const { store, point } = await startWithPoint();
    for (const key of store.vault.objects.keys())
      if (key.includes('/packs/')) store.vault.objects.delete(key);

    const restore = store.service.state.orderRestore(point, jobId);
    await waitForEnd(restore);

    expect(restore.reason).toMatch(/^VAULT_OBJECT_MISSING: .*\/packs\//);
    expect(await readdir(stagingOf(store))).toEqual([]);
    expect(await readdir(join(store.mountsDirectory, 'testmount', 'restores'))).toEqual([]);
  });

  test('an object was damaged', async () => {
    const { store, point } = await startWithPoint();
    for (const [key, bytes] of store.vault.objects) {
      if (key.includes('/packs/')) store.vault.objects.set(key, Buffer.from(bytes).fill(0, 100, 200));
    }

    const restore = store.service.state.orderRestore(point, jobId);
    await waitForEnd(restore);

    expect(restore.reason).toMatch(/^VAULT_OBJECT_DAMAGED: /);
    expect(await readdir(stagingOf(store))).toEqual([]);
  });

  test('the vault refuses what the service signs', async () => {
    const { store, point } = await startWithPoint();
    store.vault.onRequest = (method, key) =>
      method === 'GET' && key.includes('/packs/') ? { status: 403, code: 'AccessDenied' } : undefined;

    const restore = store.service.state.orderRestore(point, jobId);
    await waitForEnd(restore);

    expect(restore.reason).toMatch(
      /^VAULT_ACCESS_DENIED: the vault answers 403 \(AccessDenied\) for .*\/packs\//,
    );
    expect(await readdir(stagingOf(store))).toEqual([]);
  });

  test('it is of paths that the point does not hold', async () => {
    const { store, point } = await startWithPoint();

    const restore = store.service.state.orderRestore(point, jobId, { paths: [{ path: 'ORCL/none' }] });
    await waitForEnd(restore);

    expect(restore.reason).toMatch(/^RESTORE_PATH_UNKNOWN: .*"ORCL\/none"/);
    expect(await readdir(stagingOf(store))).toEqual([]);
  });

  test('its folder exists already', async () => {
    const { store, point } = await startWithPoint();
    await mkdir(folderOf(store));
    await writeFile(join(folderOf(store), 'precious'), '');

    const restore = store.service.state.orderRestore(point, jobId);
    await waitForEnd(restore);

    expect(restore.reason).toMatch(/^RESTORE_DESTINATION_TAKEN: /);
    expect(await readdir(folderOf(store))).toEqual(['precious']);
  });

  test('the disk of the mount is away', async () => {
    const { store, point } = await startWithPoint();
    const root = join(store.mountsDirectory, 'testmount');
    await rename(root, `${root}.away`);

    const restore = store.service.state.orderRestore(point, jobId);
    await waitForEnd(restore);

    expect(restore.reason).toMatch(/^RESTORE_FAILED: the mount is inconsistent/);
    expect(await readdir(store.mountsDirectory)).toEqual(['testmount.away']);
    await rm(`${root}.away`, { recursive: true });
  });

  test('the store does not have the mount', async () => {
    const { store, point } = await startWithPoint();
    const restore = store.service.state.orderRestore(point, jobId);
    restore.mountId = 'mnt-01ARZ3NDEKTSV4RRFFQ69G5FAV';

    await waitForEnd(restore);

    expect(restore.reason).toBe('MOUNT_NOT_FOUND: this store has no mount mnt-01ARZ3NDEKTSV4RRFFQ69G5FAV');
  });
});
