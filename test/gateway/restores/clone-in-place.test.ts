import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backUp, describeTree, waitForPoints, writePiece } from '../support/backup.ts';
import { ReplayedZfs } from '../support/replayed-zfs.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const pool = 'tank/phoenix';
const keepOne = {
  keepSnapshots: { count: 1, minFreePercent: 0 },
  // Each poll asks zfs, which is a process here.
  timing: { retryFirstMillis: 20, retryMaxSeconds: 0.2, commitCheckMillis: 20, pollMaxSeconds: 0.4 },
};

/** A store on ZFS whose gateway runs, with a point and what was in it. */
async function arrange() {
  const store = await TestStore.make({ settings: keepOne });
  const zfs = await ReplayedZfs.install(store.folder, pool, store.mountsDirectory);
  const { url, stop, reload } = await store.start();
  const root = join(store.mountsDirectory, 'testmount');
  const { state } = store.service;
  await mkdir(join(store.oracleData(), 'ORCL'));
  await writePiece(store, 'piece', 50_000);
  await mkdir(join(root, 'restores', '7'));
  const committed = await describeTree(store.oracleData());
  await backUp(url);
  await waitForPoints(store, ['UID_1']);
  const reads: string[] = [];
  store.vault.onRequest = (method, key) => {
    if (method === 'GET') reads.push(key);
    return undefined;
  };
  const cloneOf = async (index: number, name: string, options: object = {}) => {
    const point = state.uploads[index] as never;
    const jobId = 100 + state.restores.length;
    const restore = state.orderRestore(point, jobId, { clone: { name }, ...options });
    await waitUntil(`the clone ${name} ended`, () => restore.endedAt !== undefined);
    return restore;
  };
  const drop = async (clone: ReturnType<typeof state.orderRestore>) => {
    state.endLease(clone);
    await waitUntil('it is removed', () => clone.staged?.state === 'removed');
  };
  const keptPoints = () => {
    const polls = store.service.requests.filter(({ name }) => name === 'pollStore');
    const [mount] = (polls.at(-1)?.body.mounts ?? []) as { keptPoints?: string[] }[];
    return mount?.keptPoints ?? [];
  };
  const keeps = (...indices: number[]) =>
    waitUntil(`points ${indices} are kept`, () => {
      const wanted = indices.map((index) => state.uploads[index]?.uploadId);
      return keptPoints().join() === wanted.join();
    });
  const snapshots = async () => Object.keys((await zfs.state()).snapshots);
  await keeps(0);
  const clones = join(root, 'clones');
  return {
    ...{
      store,
      zfs,
      url,
      stop,
      reload,
      state,
      root,
      clones,
      committed,
      reads,
      cloneOf,
      drop,
      keeps,
      snapshots,
    },
  };
}

test('a clone is made of the snapshot that the store still has: the very point, writable, and no byte from the vault', async () => {
  const { store, zfs, url, stop, state, clones, committed, reads, cloneOf, drop, keeps, snapshots } =
    await arrange();
  await writePiece(store, 'piece', 60_000);

  const clone = await cloneOf(0, 'testdb');

  const [snapshotId] = [state.uploads[0]?.snapshotId];
  expect(clone).toMatchObject({
    state: 'completed',
    progress: {
      filesDone: 1,
      filesTotal: 1,
      bytesDone: 50_000,
      bytesTotal: 50_000,
      fromSnapshot: snapshotId,
    },
  });
  expect(await describeTree(join(clones, 'testdb'))).toEqual(committed);
  expect(reads).toEqual([]);
  const dataset = `${pool}/testmount/holdfast-clone-${clone.restoreId}`;
  expect((await zfs.state()).datasets[dataset]).toMatchObject({
    mountpoint: join(clones, 'testdb'),
    origin: `${pool}/testmount@holdfast-${snapshotId}`,
  });
  await writeFile(join(clones, 'testdb', 'more'), 'written to the clone');

  // One is kept, and that which has a clone; also over a restart.
  await backUp(url);
  await keeps(1, 0);
  await stop();
  await store.start();
  const again = await cloneOf(0, 'again');
  expect(again.progress.fromSnapshot).toBe(snapshotId);
  expect(await describeTree(join(clones, 'again'))).toEqual(committed);
  await drop(clone);
  await drop(again);
  await keeps(1);
  expect(await readdir(clones)).toEqual([]);
  expect(await snapshots()).toEqual([`${pool}/testmount@holdfast-${state.uploads[1]?.snapshotId}`]);
  expect((await zfs.state()).datasets).not.toHaveProperty([dataset]);

  // What is gone here comes from the vault, and the record says no other.
  const staged = await cloneOf(0, 'staged');
  expect(staged).toMatchObject({ state: 'completed', progress: { bytesDone: 50_000 } });
  expect(staged.progress).not.toHaveProperty('fromSnapshot');
  expect(await describeTree(join(clones, 'staged'))).toEqual(committed);
  expect(reads).not.toEqual([]);
});

test("a clone that cannot be made so is staged from the vault, one in use stays; kept snapshots stand in nobody's way", async () => {
  const { store, zfs, url, reload, state, clones, committed, reads, cloneOf, drop, keeps, snapshots } =
    await arrange();
  await writeFile(join(clones, 'taken'), 'not a folder');

  const refused = await cloneOf(0, 'taken');
  await zfs.breakDown({ verb: 'clone', message: "cannot create 'x': permission denied" });
  const staged = await cloneOf(0, 'staged');
  await zfs.mend();
  const chosen = await cloneOf(0, 'chosen', { paths: [{ path: 'piece' }] });

  expect(refused).toMatchObject({
    state: 'failed',
    reason: expect.stringMatching(/^RESTORE_DESTINATION_TAKEN/),
  });
  expect(reads).not.toEqual([]);
  for (const restore of [staged, chosen]) {
    expect(restore).toMatchObject({ state: 'completed' });
    expect(restore.progress).not.toHaveProperty('fromSnapshot');
  }
  expect(await describeTree(join(clones, 'staged'))).toEqual(committed);
  expect(await readdir(join(clones, 'chosen'))).toEqual(['piece']);
  expect(store.logLines.join()).toContain('staged from the vault');
  // Another snapshot of that name is not the point, whoever made it.
  const { snapshots: before } = await zfs.state();
  await zfs.change((now) => {
    for (const snapshot of Object.values(now.snapshots)) snapshot.guid = '1';
  });
  expect((await cloneOf(0, 'other')).progress).not.toHaveProperty('fromSnapshot');
  await drop(staged);
  expect((await readdir(clones)).sort()).toEqual(['chosen', 'other', 'taken']);

  // What somebody still uses stays, and says so.
  await zfs.change((now) => {
    for (const [name, snapshot] of Object.entries(now.snapshots)) {
      Object.assign(snapshot, { guid: before[name]?.guid });
    }
  });
  const clone = await cloneOf(0, 'testdb');
  const dataset = `${pool}/testmount/holdfast-clone-${clone.restoreId}`;
  await zfs.change(
    ({ datasets }) => void Object.assign(datasets[dataset]?.properties ?? {}, { busy: 'yes' }),
  );

  state.endLease(clone);
  await waitUntil('the reason is told', () => clone.staged?.reason !== undefined);

  expect(clone.staged).toMatchObject({ state: 'removing', reason: expect.stringContaining('is busy') });
  expect(await readdir(join(clones, 'testdb'))).toContain('piece');
  await zfs.change(({ datasets }) => void delete datasets[dataset]?.properties.busy);
  await waitUntil('it is removed', () => clone.staged?.state === 'removed');

  // As soon as space is short by what is configured all of them go.
  await store.configure({ ...keepOne, keepSnapshots: { count: 20, minFreePercent: 100 } });
  await reload(await store.loadConfig());
  await waitUntil('nothing is kept', async () => (await snapshots()).length === 0);
  await store.configure(keepOne);
  await reload(await store.loadConfig());
  await backUp(url);
  await keeps(1);
  // Nobody clones on a mount that goes.
  Object.assign(state.mounts[0] ?? {}, { state: 'marked-for-delete', deleteFence: 1 });
  await waitUntil('nothing is kept', async () => (await snapshots()).length === 0);
});
