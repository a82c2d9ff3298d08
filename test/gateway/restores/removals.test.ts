import { lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backUp, describeTree, waitForPoints, writePiece } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const jobId = 242135;

/** A store whose gateway runs, with a point. */
async function arrange() {
  const store = await TestStore.make();
  const { url } = await store.start();
  await writePiece(store, 'piece', 50_000);
  await backUp(url);
  await waitForPoints(store, ['UID_1']);
  const { state } = store.service;
  const [point] = state.uploads;
  if (!point) throw new Error('there is no point');
  const root = join(store.mountsDirectory, 'testmount');
  const stage = async (job: number, options: Parameters<typeof state.orderRestore>[2] = {}) => {
    const restore = state.orderRestore(point, job, options);
    await waitUntil('the restore ended', () => restore.endedAt !== undefined);
    return restore;
  };
  const isRemoved = (restore: { staged?: { state: string } | undefined }) =>
    restore.staged?.state === 'removed';
  return { store, url, state, root, stage, isRemoved };
}

test('what is staged goes when its lease ends, with what was written there, and nothing that links in it lead to', async () => {
  const { store, state, root, stage, isRemoved } = await arrange();
  const [leaving, staying] = [await stage(jobId), await stage(7)];
  const outside = join(store.folder, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'precious'), 'data');
  const folder = join(root, 'restores', String(jobId));
  await writeFile(join(folder, 'notes of the DBA'), 'mine');
  await symlink(outside, join(folder, 'elsewhere'));

  state.endLease(leaving);
  await waitUntil('it is told', () => isRemoved(leaving));

  expect(leaving.staged).toMatchObject({ because: 'lease-ended' });
  expect(await readdir(join(root, 'restores'))).toEqual(['7']);
  expect(await readFile(join(outside, 'precious'), 'utf8')).toBe('data');
  // A link in the place of the folder goes as a link.
  await rm(join(root, 'restores', '7'), { recursive: true });
  await symlink(outside, join(root, 'restores', '7'));
  state.endLease(staying);
  await waitUntil('it is told', () => isRemoved(staying));
  expect([await readdir(join(root, 'restores')), await readdir(outside)]).toEqual([[], ['precious']]);
  expect(await readdir(join(root, '.holdfast', 'trash'))).toEqual([]);
});

test('what cannot be removed is told with its reason and tried again', async () => {
  const { state, root, stage, isRemoved } = await arrange();
  const restore = await stage(jobId);
  const trash = join(root, '.holdfast', 'trash');
  await rm(trash, { recursive: true });
  await writeFile(trash, 'in the way');

  state.endLease(restore);
  await waitUntil('the reason is told', () => restore.staged?.reason !== undefined);
  expect(restore.staged).toMatchObject({ state: 'removing', reason: expect.stringContaining('trash') });
  expect(await readdir(join(root, 'restores'))).toEqual([String(jobId)]);
  await rm(trash);
  await waitUntil('it is told', () => isRemoved(restore));

  expect(await readdir(join(root, 'restores'))).toEqual([]);
});

test('what the DBA removes is told, so that nobody promises it any more (A16, A26)', async () => {
  const { store, url, stage, isRemoved } = await arrange();
  const restore = await stage(jobId);
  let isDown = true;
  store.service.onRequest = (name) => (isDown && name === 'reportRemoval' ? { status: 503 } : undefined);

  expect(await new Calls(url).deleteRestore(jobId)).toMatchObject({ error_code: 0 });
  await waitUntil('it was tried', () => store.logLines.some((line) => line.includes('not told yet')));
  isDown = false;
  await waitUntil('it is told', () => isRemoved(restore));

  expect(restore.staged).toMatchObject({ because: 'deleted' });
  expect(await new Calls(url).deleteRestore(jobId)).toMatchObject({ error_code: 4295622663 });
});

test('a clone lies under its name, is no restore for the DBA to delete, and takes the place of nothing', async () => {
  const { store, url, state, root, stage, isRemoved } = await arrange();
  await writeFile(join(root, 'clones', 'taken'), 'not a folder');

  const clone = await stage(jobId, { clone: { name: 'testdb' } });
  const refused = await stage(7, { clone: { name: 'taken' } });

  expect(clone).toMatchObject({ state: 'completed' });
  const reason = expect.stringMatching(/^RESTORE_DESTINATION_TAKEN/);
  expect(refused).toMatchObject({ state: 'failed', reason });
  const folder = join(root, 'clones', 'testdb');
  expect(await describeTree(folder)).toEqual(await describeTree(store.oracleData()));
  expect(await new Calls(url).deleteRestore(jobId)).toMatchObject({ error_code: 4295622663 });
  await writeFile(join(folder, 'more'), 'written to the clone');
  state.endLease(clone);
  await waitUntil('it is told', () => isRemoved(clone));
  expect(await readdir(join(root, 'clones'))).toEqual(['taken']);
  expect((await lstat(store.oracleData())).isDirectory()).toBe(true);
});

test('a clone that was cancelled when it was complete already does not stay', async () => {
  const { store, state, root } = await arrange();
  const [point] = state.uploads;
  let isLost = true;
  store.service.onRequest = (name) =>
    isLost && name === 'reportRestoreResult' ? { status: 503 } : undefined;

  const clone = state.orderRestore(point as never, jobId, { clone: { name: 'testdb' } });
  const folder = join(root, 'clones');
  await waitUntil('it is there', async () => (await readdir(folder)).length === 1);
  Object.assign(clone, { state: 'cancelled', endedAt: new Date().toISOString() });
  isLost = false;

  await waitUntil('it is gone', async () => (await readdir(folder)).length === 0);
});
