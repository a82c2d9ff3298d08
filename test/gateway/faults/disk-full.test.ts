import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { backUp, cloneByCopy, describeTree, pointsOf, waitForPoints, writePiece } from '../support/backup.ts';
import { Calls, logFields } from '../support/calls.ts';
import { Gate } from '../support/gate.ts';
import { canMountDisks, SmallDisk } from '../support/small-disk.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const spaceLow = 0x1000b0009;
const snapshotFailed = 0x1000b0004;
const inMount = (store: TestStore, ...path: string[]) => join(store.mountsDirectory, 'testmount', ...path);

/** A store whose mounts lie on a small disk and hold one file, which is a recovery point; its snapshot is gone. */
async function startWithPoint(megabytes: number, bytes: number) {
  const store = await TestStore.make({ settings: { minFreeBytes: 0 } });
  const disk = SmallDisk.at(store.mountsDirectory, megabytes);
  const { url } = await store.start(cloneByCopy);
  await writePiece(store, 'piece', bytes);
  await backUp(url);
  await waitForPoints(store, ['UID_1']);
  const isReleased = async () => (await readdir(inMount(store, '.holdfast', 'snapshots'))).length === 0;
  await waitUntil('it is released', isReleased);
  const [point] = store.service.state.uploads;
  if (!point) throw new Error('there is no point');
  return { store, disk, order: (jobId: number) => store.service.state.orderRestore(point, jobId) };
}

async function ended<Restore extends { readonly endedAt?: string | undefined }>(restore: Restore) {
  await waitUntil('it ended', () => restore.endedAt !== undefined);
  return restore;
}

async function expectNothingStaged(store: TestStore): Promise<void> {
  expect(await readdir(inMount(store, 'restores'))).toEqual([]);
  expect(await readdir(inMount(store, '.holdfast', 'staging'))).toEqual([]);
}

describe.runIf(canMountDisks())('a full disk', () => {
  test('of the data directory is named in every answer; when there is space again nothing is missing', async () => {
    const store = await TestStore.make();
    const disk = SmallDisk.at(store.dataDirectory, 8);
    const { url } = await store.start(cloneByCopy);
    await writePiece(store, 'piece', 100_000);
    const calls = new Calls(url);
    await calls.start();
    await disk.fill();

    expect(await calls.uploadLog(logFields('x'.repeat(100_000)))).toMatchObject({
      status: 200,
      error_code: spaceLow,
      error_msg: expect.stringContaining('The disk of the data directory is full'),
    });
    expect([spaceLow, snapshotFailed]).toContain((await calls.finish()).error_code);
    expect(await readdir(inMount(store, '.holdfast', 'snapshots'))).toEqual([]);

    await disk.free();
    expect(await calls.uploadLog(logFields('a log\n'))).toMatchObject({ error_code: 0 });
    const finished = await calls.finish();
    expect(finished).toMatchObject({ error_code: 0 });
    await waitForPoints(store, [String(finished.result.snap_name)]);
    expect(store.service.state.forked).toBeUndefined();
  });

  test('of the data directory does not stop an upload for ever, and stores nothing twice', async () => {
    const store = await TestStore.make();
    const disk = SmallDisk.at(store.dataDirectory, 8);
    store.service.onRequest = (name) => (name === 'openUpload' ? { status: 503 } : undefined);
    const { url } = await store.start(cloneByCopy);
    await writePiece(store, 'piece', 100_000);
    await backUp(url);
    await disk.fill();
    store.service.onRequest = () => undefined;
    await waitUntil('it was tried', () =>
      store.logLines.some((line) => line.includes('snapshot not uploaded yet, trying again')),
    );
    expect(await readdir(inMount(store, '.holdfast', 'snapshots'))).toHaveLength(1);

    await disk.free();

    await waitForPoints(store, ['UID_1']);
    expect([...store.vault.storedCounts().values()].every((count) => count === 1)).toBe(true);
    expect(store.service.state.uploads).toHaveLength(1);
  });

  test('of the mounts fails the freeze by name and leaves no part of it; PUT works when there is space', async () => {
    const store = await TestStore.make({ settings: { minFreeBytes: 0 } });
    const disk = SmallDisk.at(store.mountsDirectory, 4);
    const { url } = await store.start(cloneByCopy);
    const calls = new Calls(url);
    await calls.start();
    await writePiece(store, 'piece', 1_000_000);
    await disk.fill(500_000);

    expect(await calls.finish()).toMatchObject({
      error_code: snapshotFailed,
      error_msg: expect.stringContaining('The snapshot failed (ENOSPC)'),
    });

    expect(await readdir(inMount(store, '.holdfast', 'snapshots'))).toEqual([]);
    await disk.free();
    expect(await calls.finish()).toMatchObject({ error_code: 0 });
    await waitUntil('it is a recovery point', () => pointsOf(store).length === 1);
  });

  test('fails a restore with its reason and leaves nothing of it; ordered again it is complete', async () => {
    const { store, disk, order } = await startWithPoint(4, 1_000_000);
    await disk.fill(500_000);

    const first = await ended(order(1));

    expect(first).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/RESTORE_NO_SPACE: .* needs 1000000 bytes and the disk has \d+ .*free/),
    });
    await expectNothingStaged(store);
    await disk.free();
    expect(await ended(order(2))).toMatchObject({ state: 'completed' });
  });

  test('that gets full in the middle of a restore ends it by name and claims nothing; ordered again it is complete', async () => {
    const { store, disk, order } = await startWithPoint(8, 2_000_000);
    const gate = new Gate();
    store.vault.onRequest = async (method, key) => {
      if (method === 'GET' && key.includes('/packs/')) await gate.pass();
      return undefined;
    };

    const first = order(1);
    // It has looked at the space, and found enough.
    await gate.reached;
    await disk.fill();
    gate.open();

    expect(await ended(first)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(
        /^RESTORE_NO_SPACE: .*make space on the disk of the mount and order the restore again/,
      ),
    });
    await expectNothingStaged(store);
    await disk.free();
    expect(await ended(order(2))).toMatchObject({ state: 'completed' });
    expect(await describeTree(inMount(store, 'restores', '2'))).toEqual(
      await describeTree(store.oracleData()),
    );
  });
});
