import { access, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { authenticate } from '../../../shared/usecases/access/authenticate.ts';
import type { Calls } from '../support/calls.ts';
import { ReplayedExportfs } from '../support/replayed-exportfs.ts';
import { ReplayedZfs } from '../support/replayed-zfs.ts';
import { ServedStore } from '../support/served-store.ts';
import { waitUntil } from '../support/wait-until.ts';

// Store and mounts go through their lives by what the service's own functions say over a real poll.

const codes = {
  decommissioning: 4295622675,
  decommissioned: 4295622676,
  missing: 4295622665,
  markedForDelete: 4295622667,
  inconsistent: 4295622669,
  maxPending: 4295622664,
  notStarted: 4295622659,
};

const answersOf = (calls: Calls) =>
  Promise.all([calls.status(), calls.start(), calls.uploadLog([]), calls.finish(), calls.deleteRestore(1)]);

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** Clones files by copying them, so that a mount takes backups while snapshots of it wait. */
const reflink = async () => ({ snapshots: 'reflink' });

async function backUp(store: ServedStore, mount = 'orcl'): Promise<void> {
  await writeFile(join(store.mountsDirectory, mount, 'oracle_data', 'piece'), `backup of ${mount}`);
  expect(await store.calls(mount).start()).toMatchObject({ error_code: 0 });
  expect(await store.calls(mount).finish()).toMatchObject({ error_code: 0 });
}

const holdUploads = ({ served }: ServedStore) => {
  served.onRequest = (name) => (name === 'openUpload' ? 503 : undefined);
};
const letGo = ({ served }: ServedStore) => {
  served.onRequest = () => undefined;
};

/** Marks the mount, once the service has heard that no backup is under way. */
async function markForDelete(store: ServedStore, mountId: string): Promise<void> {
  await store.reports(mountId, ({ backupStartedAt }) => backupStartedAt === undefined);
  await store.served.ask('deleteMount', { mountId });
}

describe('a mount that is marked for delete', () => {
  test('answers 4295622667 until what is pending is a recovery point, then its export ends and its files stay (A22)', async () => {
    let exportfs: ReplayedExportfs | undefined;
    const store = await ServedStore.start(async (folder) => {
      exportfs = await ReplayedExportfs.install(folder);
      return { snapshots: 'reflink', exports: exportfs.settings };
    });
    const mountId = await store.addReadyMount();
    await store.addReadyMount('other');
    const oracleData = join(store.mountsDirectory, 'orcl', 'oracle_data');
    const exported = async () => ((await exportfs?.table()) ?? []).join('\n');
    expect(await exported()).toContain(oracleData);
    holdUploads(store);
    await backUp(store);
    await store.reports(
      mountId,
      ({ pendingSnapshots, exportState }) => pendingSnapshots === 1 && exportState === 'exported',
    );

    await markForDelete(store, mountId);
    await store.answers(codes.markedForDelete);

    for (const answer of await answersOf(store.calls())) {
      expect(answer).toMatchObject({
        error_code: codes.markedForDelete,
        error_msg: 'Backup mount marked for delete on Export Service.',
      });
    }
    expect(await store.calls('other').start()).toMatchObject({ error_code: 0 });
    await store.reports(mountId, ({ reason }) =>
      String(reason).includes('waits for the upload of 1 snapshots'),
    );
    expect(await exported()).toContain(oracleData);
    expect(await store.show(mountId)).toMatchObject({ state: 'marked-for-delete' });

    letGo(store);
    await store.mountIs(mountId, 'gone');

    await store.answers(codes.missing);
    expect(await exported()).not.toContain(oracleData);
    expect(await exported()).toContain(join(store.mountsDirectory, 'other', 'oracle_data'));
    expect(await readdir(join(store.mountsDirectory, 'orcl'))).toEqual(['.holdfast', 'oracle_data']);
    expect(await readdir(oracleData)).toEqual(['piece']);
    const kept = join(store.folder, 'data', 'baselines');
    await waitUntil('nothing is kept of its snapshots', async () => !(await isThere(join(kept, mountId))));
    expect(await store.show(mountId)).toMatchObject({
      seq: 1,
      storeReport: { state: 'withdrawn', reason: expect.stringContaining(`left on the disk of the store`) },
    });
    expect(store.logLines.some((line) => line.includes('mount withdrawn; left on the disk'))).toBe(true);

    // The next mount of that name gets its own folders once somebody has seen to the old ones.
    const nextId = await store.addMount();
    await store.reports(nextId, ({ reason }) => String(reason).includes('its folders could not be made'));
    await store.answers(codes.inconsistent);
    await rename(join(store.mountsDirectory, 'orcl'), join(store.folder, 'moved-away'));
    await store.mountIs(nextId, 'ready');
    expect(await readdir(oracleData)).toEqual([]);
  });

  test('leaves nothing behind where nothing was written, also after a restart in between', async () => {
    const store = await ServedStore.start(reflink);
    const mountId = await store.addReadyMount();
    let polls = 0;
    store.served.onRequest = (name) => (name === 'pollStore' && polls++ > 0 ? 503 : undefined);
    await store.served.ask('deleteMount', { mountId });
    await waitUntil('it is taken down', async () => !(await isThere(join(store.mountsDirectory, 'orcl'))));
    await store.stopGateway();
    letGo(store);

    await store.startGateway();

    await store.mountIs(mountId, 'gone');
    await store.answers(codes.missing);
    await store.addReadyMount();
  });

  test('is made again when the mark is taken back, even if the gateway had taken it down', async () => {
    const store = await ServedStore.start(reflink);
    const mountId = await store.addReadyMount();
    let polls = 0;
    store.served.onRequest = (name) => (name === 'pollStore' && polls++ > 0 ? 503 : undefined);
    await store.served.ask('deleteMount', { mountId });
    await waitUntil('it is taken down', async () => !(await isThere(join(store.mountsDirectory, 'orcl'))));

    await store.served.ask('unmarkMount', { mountId });
    letGo(store);

    await store.mountIs(mountId, 'ready');
    await store.answers(0);
    await backUp(store);
    await waitUntil('it is a point', async () => (await store.show(mountId)).seq === 1);
  });
});

describe('a store that is decommissioned', () => {
  test('uploads what is pending first, loses its token last, and answers 4295622676 from then on (A18, A19)', async () => {
    const store = await ServedStore.start(reflink);
    const { served, storeId } = store;
    const mountId = await store.addReadyMount();
    holdUploads(store);
    await backUp(store);
    const credentials = await served.ask('listCredentials');
    expect(credentials).toMatchObject({ items: [{ role: 'store' }] });

    await served.ask('decommissionStore', { storeId }, {});
    await store.answers(codes.decommissioning);
    for (const mount of ['orcl', 'no-such-mount']) {
      for (const answer of await answersOf(store.calls(mount))) {
        expect(answer).toMatchObject({
          error_code: codes.decommissioning,
          error_msg: 'Store Decommission in progress.',
        });
      }
    }
    expect(await served.ask('showStore', { storeId })).toMatchObject({ state: 'decommissioning' });

    letGo(store);
    await store.storeIs('decommissioned');
    expect(await store.show(mountId)).toMatchObject({ seq: 1 });
    await store.answers(codes.decommissioned);
    await waitUntil('the token is revoked', async () => {
      const { items } = (await served.ask('listCredentials')) as { items: { revokedAt?: string }[] };
      return items[0]?.revokedAt !== undefined;
    });
    expect(await authenticate(served.service, 'Bearer nonsense')).toBeUndefined();
    await waitUntil('it asks no more', () =>
      store.logLines.some((line) => line.includes('not asked any more')),
    );

    await store.stopGateway();
    await store.startGateway();

    for (const answer of await answersOf(store.calls())) {
      expect(answer).toMatchObject({
        error_code: codes.decommissioned,
        error_msg: 'Store was decommissioned.',
      });
    }
  });
});

describe('of several errors the one is answered that comes first (A27)', () => {
  test('store, mark, inconsistency, pending snapshots, order of calls, each by its real cause', async () => {
    const store = await ServedStore.start(reflink);
    const { served, storeId } = store;
    const mountId = await store.addMount('orcl', { maxPendingSnapshots: 1 });
    await store.mountIs(mountId, 'ready');
    holdUploads(store);
    await backUp(store);
    expect(await store.calls().status()).toMatchObject({
      error_code: 0,
      result: { mount_name: 'orcl', is_reached_max_snapshots: true },
    });
    const marker = join(store.mountsDirectory, 'orcl', '.holdfast', 'mount.json');
    await rename(marker, `${marker}.away`);
    await markForDelete(store, mountId);
    await served.ask('decommissionStore', { storeId }, {});

    await store.answers(codes.decommissioning);
    await served.ask('recommissionStore', { storeId });
    await store.answers(codes.markedForDelete);
    await served.ask('unmarkMount', { mountId });
    await store.answers(codes.inconsistent);
    await store.reports(mountId, ({ reason }) => String(reason).includes('mount.json is missing'));
    await rename(`${marker}.away`, marker);
    await store.answers(0);

    expect(await store.calls().start()).toMatchObject({ error_code: codes.maxPending });
    expect(await store.calls().finish()).toMatchObject({ error_code: codes.notStarted });
    letGo(store);
    await waitUntil('it is a point', async () => (await store.show(mountId)).seq === 1);
    await waitUntil('there is room', async () => (await store.calls().start()).error_code === 0);
    expect(await store.calls().start()).toMatchObject({
      result: {
        mount_path: join(store.mountsDirectory, 'orcl', 'oracle_data'),
        mount_params: { timeo: 1200, retrans: 5 },
      },
    });
  });
});

describe('a mount is inconsistent, and the service is told why (A21)', () => {
  test('when it was created incompletely', async () => {
    const store = await ServedStore.start(async (folder) => {
      await writeFile(join(folder, 'mounts', 'orcl'), 'a file where the folder of the mount should be');
      return {};
    });

    const mountId = await store.addMount();

    await store.reports(mountId, ({ state }) => state === 'inconsistent');
    expect(await store.calls().start()).toMatchObject({ error_code: codes.inconsistent });
    expect(await store.show(mountId)).toMatchObject({
      state: 'creating',
      storeReport: { state: 'inconsistent', reason: 'its folders could not be made' },
    });
    await rm(join(store.mountsDirectory, 'orcl'));
    await store.mountIs(mountId, 'ready');
    await store.reports(mountId, ({ state }) => state === 'ready');
  });

  test('when properties of its ZFS dataset were changed; its quota follows the service', async () => {
    let zfs: ReplayedZfs | undefined;
    const store = await ServedStore.start(async (folder) => {
      zfs = await ReplayedZfs.install(folder, 'tank', join(folder, 'mounts'));
      return { snapshots: 'zfs' };
    });
    if (!zfs) throw new Error('there is no zfs');
    const properties = async () => (await zfs?.state())?.datasets['tank/orcl']?.properties ?? {};
    const mountId = await store.addReadyMount();
    await store.served.ask('changeMount', { mountId }, { quotaBytes: 2 ** 40 });
    await store.reports(mountId, ({ quotaBytes }) => quotaBytes === 2 ** 40);
    expect(await properties()).toMatchObject({ quota: String(2 ** 40) });

    // A backup that runs keeps its space; more of it, it may get.
    expect(await store.calls().start()).toMatchObject({ error_code: 0 });
    await store.served.ask('changeMount', { mountId }, { quotaBytes: 2 ** 41 });
    await store.reports(mountId, ({ quotaBytes }) => quotaBytes === 2 ** 41);
    await store.served.ask('changeMount', { mountId }, { quotaBytes: 2 ** 39, expire: '3w' });
    await store.reports(mountId, ({ backupStartedAt }) => backupStartedAt !== undefined);
    expect(await properties()).toMatchObject({ quota: String(2 ** 41) });
    expect(await store.calls().finish()).toMatchObject({ error_code: 0 });
    await store.reports(mountId, ({ quotaBytes }) => quotaBytes === 2 ** 39);

    await zfs.change((state) => {
      Object.assign(state.datasets['tank/orcl']?.properties ?? {}, { 'holdfast:mount': 'mnt-other' });
    });
    await store.reports(mountId, ({ reason }) => String(reason).includes('holdfast:mount of tank/orcl'));
    expect(await store.calls().start()).toMatchObject({
      error_code: codes.inconsistent,
      error_msg: 'Backup mount is inconsistent state on Export Service.',
    });
  });

  test('is refused a quota where nothing could hold it to one', async () => {
    const store = await ServedStore.start(reflink);
    const mountId = await store.addReadyMount();

    const change = store.served.ask('changeMount', { mountId }, { quotaBytes: 2 ** 40 });

    await expect(change).rejects.toThrow('CAPABILITY_MISSING');
  });
});

test('an empty dataset is given back, not destroyed, when its mount is gone', async () => {
  let zfs: ReplayedZfs | undefined;
  const store = await ServedStore.start(async (folder) => {
    zfs = await ReplayedZfs.install(folder, 'tank', join(folder, 'mounts'));
    return { snapshots: 'zfs' };
  });
  const mountId = await store.addReadyMount();
  await mkdir(join(store.mountsDirectory, 'orcl', 'clones'), { recursive: true });

  await store.served.ask('deleteMount', { mountId });
  await store.mountIs(mountId, 'gone');

  expect((await zfs?.state())?.datasets['tank/orcl']?.properties).toEqual({});
  const verbs = ((await zfs?.calls()) ?? []).map(([verb]) => verb);
  expect(verbs).toContain('inherit');
  expect(verbs).not.toContain('destroy');
});
