import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backUp, cloneByCopy, waitForPoints } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import { ReplayedZfs } from '../support/replayed-zfs.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const capabilities = ({ service }: TestStore) =>
  service.requests.findLast(({ name }) => name === 'pollStore')?.body.capabilities;

test.each([
  [{}, 'reflink'],
  [{ snapshots: 'auto' }, 'reflink'],
  [{ snapshots: 'reflink' }, 'reflink'],
  [{ snapshots: 'read-in-place' }, 'read-in-place'],
])('with %j on a file system that clones files, mounts are frozen by %s', async (settings, kind) => {
  const store = await TestStore.make({ settings });
  await store.start(cloneByCopy);

  expect(capabilities(store)).toContain(`snapshots:${kind}`);
});

test('a way of freezing that is asked for and cannot be had stops the start, with the reason', async () => {
  const store = await TestStore.make({ settings: { snapshots: 'reflink' } });
  const cannotClone = () => Promise.reject(new Error('not supported'));

  await expect(store.start(cannotClone)).rejects.toThrow(
    `snapshots cannot be made as configured (reflink: the file system of ${store.mountsDirectory} cannot clone files)`,
  );
});

test('mounts in a ZFS dataset are datasets, frozen by ZFS, and freed when their snapshot is committed', async () => {
  const store = await TestStore.make();
  const zfs = await ReplayedZfs.install(store.folder, 'tank', store.mountsDirectory);
  const { url } = await store.start();
  expect(capabilities(store)).toContain('snapshots:zfs');
  await writeFile(join(store.oracleData(), 'piece.bkp'), 'content');

  const before = new Date().toISOString();
  const snapName = await backUp(url);
  await waitForPoints(store, [snapName]);

  await waitUntil(
    'the snapshot is destroyed',
    async () => Object.keys((await zfs.state()).snapshots).length === 0,
  );
  const made = (await zfs.calls()).find(([verb]) => verb === 'snapshot') ?? [];
  const stamp = made.find((word) => word.startsWith('holdfast:requested-at='))?.split('=')[1] ?? '';
  expect(stamp >= before && stamp <= new Date().toISOString()).toBe(true);
});

test('a mount whose ZFS properties were changed answers 4295622669, and the service is told', async () => {
  const store = await TestStore.make();
  const zfs = await ReplayedZfs.install(store.folder, 'tank', store.mountsDirectory);
  const { url } = await store.start();
  await zfs.change((state) => {
    Object.assign(state.datasets['tank/testmount']?.properties ?? {}, { 'holdfast:mount': 'mnt-other' });
  });

  expect(await new Calls(url).start()).toMatchObject({
    error_code: 4295622669,
    error_msg: 'Backup mount is inconsistent state on Export Service.',
  });
  await waitUntil('the service knows', () =>
    [...store.service.state.reported.values()].includes('inconsistent'),
  );
});

test('a freeze that ZFS refuses leaves the backup begun and answers what to do', async () => {
  const store = await TestStore.make();
  const zfs = await ReplayedZfs.install(store.folder, 'tank', store.mountsDirectory);
  const { url } = await store.start();
  const calls = new Calls(url);
  await calls.start();
  await zfs.breakDown({
    verb: 'snapshot',
    message: "cannot create snapshot 'tank/testmount@x': out of space",
  });

  expect(await calls.finish()).toMatchObject({
    error_code: 4295688196,
    error_msg: expect.stringContaining('The snapshot failed (ZFS_NO_SPACE)'),
  });
  await zfs.mend();
  expect(await calls.finish()).toMatchObject({ error_code: 0 });
});

test('a freeze by ZFS that kill -9 interrupts is undone at the next start, and PUT may be tried again', async () => {
  const store = await TestStore.make();
  const zfs = await ReplayedZfs.install(store.folder, 'tank', store.mountsDirectory);
  const { gateway, url } = await store.spawn();
  const calls = new Calls(url);
  await calls.start();
  await zfs.hang('hold');
  const unanswered = calls.finish().catch(() => 'cut off');
  await waitUntil(
    'the snapshot is made',
    async () => Object.keys((await zfs.state()).snapshots).length === 1,
  );
  await gateway.end('SIGKILL');
  expect(await unanswered).toBe('cut off');
  await zfs.mend();

  const again = await store.spawn();

  await waitUntil('it is undone', async () => Object.keys((await zfs.state()).snapshots).length === 0);
  expect(await new Calls(again.url).finish()).toMatchObject({
    error_code: 0,
    result: { snap_name: 'UID_2' },
  });
});

test('a snapshot that the journal does not know is told at the start and left alone', async () => {
  const store = await TestStore.make();
  const zfs = await ReplayedZfs.install(store.folder, 'tank', store.mountsDirectory);
  const first = await store.start();
  await first.stop();
  const name = 'tank/testmount@holdfast-01JABCDEFGHJKMNPQRSTVWXYZ0';
  await zfs.change((state) => {
    state.snapshots = { [name]: { properties: {}, holds: [] } };
  });

  await store.start();

  const told =
    store.logLines.find((line) => line.includes('snapshots that the journal does not know')) ?? '{}';
  expect(JSON.parse(told)).toMatchObject({ mount: 'testmount', unknown: ['01JABCDEFGHJKMNPQRSTVWXYZ0'] });
  expect(Object.keys((await zfs.state()).snapshots)).toEqual([name]);
});
