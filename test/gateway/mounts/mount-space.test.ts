import { mkdir, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { expect, onTestFinished, test } from 'vitest';
import { openJournal } from '../../../gateway/journal/journal.ts';
import { foldersOf } from '../../../gateway/mounts/mount-folders.ts';
import { MountSpace, measureSpace } from '../../../gateway/mounts/mount-space.ts';
import { createServer } from '../../../gateway/protocol/server.ts';
import { snapshotAdapters } from '../../../gateway/snapshots/adapters.ts';
import { SnapshotStore } from '../../../gateway/snapshots/snapshot-store.ts';
import type { MountId } from '../../../shared/domain/ids.ts';
import { toInstant } from '../../../shared/domain/instant.ts';
import { cloneByCopy } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import { ReplayedZfs } from '../support/replayed-zfs.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const start = Date.parse('2026-11-01T00:00:00Z');
const minute = 60_000;

async function setUp() {
  const folder = await makeTemporaryFolder();
  const options = { mountsDirectory: folder, dataDirectory: folder, snapshots: 'reflink' } as const;
  const snapshots = await SnapshotStore.open(options, snapshotAdapters(cloneByCopy));
  const journal = openJournal(folder);
  onTestFinished(() => journal.close());
  const mountId = `mnt-${ulid()}` as MountId;
  journal.mounts.replaceList([{ mountId, name: 'orcl', isMarkedForDelete: false, maxPendingSnapshots: 3 }]);
  journal.mounts.markReady(mountId);
  const record = journal.mounts.find(mountId);
  if (!record) throw new Error('the mount is not in the journal');
  const mount = { ...record, folders: foldersOf(folder, 'orcl') };
  await mkdir(mount.folders.oracleData, { recursive: true });
  await mkdir(mount.folders.snapshots, { recursive: true });
  const clock = { now: start };
  const { log } = createServer({ write: () => {} });
  const space = new MountSpace({
    ...{ journal, snapshots, log },
    clock: () => new Date(clock.now),
    minFreeBytes: 0,
  });
  return { mount, journal, snapshots, space, clock };
}

test('free is what can be written, and free and used make the total', async () => {
  const { mount } = await setUp();
  const found = await statfs(mount.folders.oracleData);

  const { freeBytes, totalBytes } = await measureSpace(mount);

  expect(freeBytes).toBeGreaterThan(0);
  expect(totalBytes).toBeGreaterThan(freeBytes);
  expect(totalBytes).toBeLessThanOrEqual(found.blocks * found.bsize);
});

test('a sample is kept every ten minutes, for two weeks, also when the clock is set back', async () => {
  const { mount, journal, space, clock } = await setUp();
  const timesAfter = async (now: number) => {
    clock.now = now;
    await space.sample([mount]);
    return journal.space
      .ofMount(mount.mountId)
      .map(({ measuredAt }) => (Date.parse(measuredAt) - start) / minute);
  };

  expect(await timesAfter(start)).toEqual([0]);
  expect(await timesAfter(start + 9 * minute)).toEqual([0]);
  expect(await timesAfter(start + 10 * minute)).toEqual([0, 10]);
  expect(await timesAfter(start - 60 * minute)).toEqual([-60, 0, 10]);
  const twoWeeks = 14 * 24 * 60;
  expect(await timesAfter(start + (twoWeeks + 1) * minute)).toEqual([10, twoWeeks + 1]);
});

test('the report has the pending snapshots and the forecast', async () => {
  const { mount, journal, snapshots, space } = await setUp();
  for (const [index, usedBytes] of [0, 1e9, 2e9, 3e9].entries()) {
    const measuredAt = toInstant(new Date(start + index * 24 * 60 * minute));
    journal.space.add(mount.mountId, { measuredAt, usedBytes }, toInstant(new Date(start)));
  }
  await writeFile(join(mount.folders.oracleData, 'piece.bkp'), Buffer.alloc(100_000, 7));
  const requestedAt = toInstant(new Date(start));
  const snapshot = { snapshotId: ulid(), kind: snapshots.kind, requestedAt };
  journal.snapshots.begin({ ...snapshot, mountId: mount.mountId });
  await snapshots.freeze(mount.folders, snapshot);
  journal.snapshots.markFrozen(snapshot.snapshotId, requestedAt);

  expect(await space.report(mount)).toMatchObject({
    name: 'orcl',
    pendingSnapshots: 1,
    timeToFull: { kind: 'growing', bytesPerDay: 1e9 },
  });
  expect(await space.measurePending(mount)).toBeGreaterThanOrEqual(100_000);
});

test('a gateway samples its mounts while it polls', async () => {
  const store = await TestStore.make();
  const { stop } = await store.start(cloneByCopy);
  await stop();

  const journal = openJournal(store.dataDirectory);
  onTestFinished(() => journal.close());
  const [mount] = journal.mounts.all();
  expect(mount && journal.space.ofMount(mount.mountId)).toHaveLength(1);
});

test('POST says how much is free when that is too little, and begins no backup', async () => {
  const store = await TestStore.make({ settings: { minFreeBytes: 2 ** 50 } });
  const { url } = await store.start(cloneByCopy);
  const calls = new Calls(url);

  const answer = await calls.start();

  expect(answer).toMatchObject({ status: 200, error_code: 4295688201, result: {} });
  expect(answer.error_msg).toMatch(
    /^Only [\d.]+ GiB of [\d.]+ GiB are free for the mount testmount, and minFreeBytes asks for 1048576.0 GiB: delete /u,
  );
  expect(await calls.finish()).toMatchObject({ error_code: 4295622659 });
});

test('a quota that the service gives a mount is set once on ZFS', async () => {
  const store = await TestStore.make();
  const zfs = await ReplayedZfs.install(store.folder, 'tank', store.mountsDirectory);
  const [mount] = store.service.state.mounts;
  if (mount) mount.quotaBytes = 5 * 2 ** 40;
  await store.start();

  const quotaCalls = async () =>
    (await zfs.calls()).filter(([verb, what]) => verb === 'set' && what?.startsWith('quota'));
  await waitUntil('it is set', async () => (await quotaCalls()).length > 0);
  expect(await quotaCalls()).toEqual([['set', `quota=${5 * 2 ** 40}`, 'tank/testmount']]);
});

test('a quota where nothing can hold it is told in the log, by name', async () => {
  const store = await TestStore.make();
  const [mount] = store.service.state.mounts;
  if (mount) mount.quotaBytes = 2 ** 40;
  await store.start(cloneByCopy);

  await waitUntil('it is told', () =>
    store.logLines.join('').includes('mounts frozen by reflink have no quota: use ZFS'),
  );
});
