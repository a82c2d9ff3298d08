import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';
import { folderOf, jobId, makePoint, stagingOf, startWithPoint, waitForEnd } from './staged-point.ts';

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
