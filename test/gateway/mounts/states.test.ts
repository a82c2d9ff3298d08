import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openJournal } from '../../../gateway/journal/journal.ts';
import type { MountId } from '../../../shared/domain/ids.ts';
import { toInstant } from '../../../shared/domain/instant.ts';
import { cloneByCopy, waitForPoints } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const markedForDelete = {
  error_code: 4295622667,
  error_msg: 'Backup mount marked for delete on Export Service.',
};

const waitForCode = (calls: Calls, code: number) =>
  waitUntil(`GET answers ${code}`, async () => (await calls.status()).error_code === code);

/** Every call of the protocol that names a mount. */
const answersOf = async (calls: Calls) =>
  Promise.all([calls.status(), calls.start(), calls.uploadLog([]), calls.finish(), calls.deleteRestore(1)]);

test('a mount that the service marks for delete answers 4295622667 to every call, others do not', async () => {
  const store = await TestStore.make({ mounts: ['testmount', 'other'] });
  const { url } = await store.start(cloneByCopy);
  const calls = new Calls(url);
  expect(await calls.start()).toMatchObject({ error_code: 0 });
  const [mount] = store.service.state.mounts;
  if (mount) mount.state = 'marked-for-delete';
  await waitForCode(calls, 4295622667);

  for (const answer of await answersOf(calls)) expect(answer).toMatchObject(markedForDelete);
  expect(await new Calls(url, 'other').start()).toMatchObject({ error_code: 0 });

  if (mount) mount.state = 'active';
  await waitForCode(calls, 0);
  expect(await calls.finish()).toMatchObject({ error_code: 0 });
});

test('a mark for delete outlives a restart without the service, and does not stop what is to be uploaded', async () => {
  const store = await TestStore.make();
  const { url, stop } = await store.start(cloneByCopy);
  const [mount] = store.service.state.mounts;
  store.service.onRequest = (name) => (name === 'openUpload' ? { status: 503 } : undefined);
  const calls = new Calls(url);
  await calls.start();
  await calls.finish();
  if (mount) mount.state = 'marked-for-delete';
  await waitForCode(calls, 4295622667);
  await stop();
  store.service.onRequest = (name) => (name === 'pollStore' ? { status: 503 } : undefined);

  const again = await store.start(cloneByCopy);

  expect(await new Calls(again.url).start()).toMatchObject(markedForDelete);
  store.service.onRequest = () => undefined;
  await waitForPoints(store, ['UID_1']);
});

test.each([
  ['decommissioning', 4295622675, 'Store Decommission in progress.'],
  ['decommissioned', 4295622676, 'Store was decommissioned.'],
] as const)(
  'a store that is %s answers %d to every call, whatever the mount',
  async (state, code, message) => {
    const store = await TestStore.make();
    const { url } = await store.start(cloneByCopy);
    store.service.state.storeState = state;
    await waitForCode(new Calls(url), code);

    for (const name of ['testmount', 'missing']) {
      for (const answer of await answersOf(new Calls(url, name))) {
        expect(answer).toMatchObject({ status: 200, error_code: code, error_msg: message, result: {} });
      }
    }
  },
);

test('a store that is taken back while decommissioning serves again', async () => {
  const store = await TestStore.make();
  const { url } = await store.start(cloneByCopy);
  store.service.state.storeState = 'decommissioning';
  await waitForCode(new Calls(url), 4295622675);

  store.service.state.storeState = 'active';

  await waitForCode(new Calls(url), 0);
});

test('a service that says nothing of states means that all is active', async () => {
  const store = await TestStore.make();
  const { url } = await store.start(cloneByCopy);

  expect(await new Calls(url).start()).toMatchObject({ error_code: 0 });
});

test('a journal of the version before is taken over with its mounts', async () => {
  const folder = await makeTemporaryFolder();
  const mount = {
    mountId: 'mnt-01JABCDEFGHJKMNPQRSTVWXYZ0' as MountId,
    name: 'orcl',
    maxPendingSnapshots: 3,
  };
  const first = openJournal(folder);
  first.mounts.replaceList([{ ...mount, isMarkedForDelete: false }]);
  first.close();
  const old = new DatabaseSync(join(folder, 'journal.sqlite'));
  old.exec(`ALTER TABLE mounts DROP COLUMN is_marked_for_delete; DROP TABLE store; DROP TABLE space_samples;
    DROP TABLE poll_link; DROP TABLE exclusion; DROP TABLE deletions;
    ALTER TABLE logs DROP COLUMN is_late; ALTER TABLE logs DROP COLUMN is_delivered;
    ALTER TABLE restores DROP COLUMN options; ALTER TABLE restores DROP COLUMN damage;
    ALTER TABLE restores DROP COLUMN source_mount_id; ALTER TABLE restores DROP COLUMN clone;
    ALTER TABLE restores DROP COLUMN removed_because; ALTER TABLE restores DROP COLUMN is_removal_told;
    ALTER TABLE snapshots DROP COLUMN request_id; ALTER TABLE snapshots DROP COLUMN order_id; DROP TABLE requests;
    ALTER TABLE restores DROP COLUMN from_snapshot; DROP TABLE kept_snapshots;
    PRAGMA user_version = 1`);
  old.close();

  for (const _start of [1, 2]) {
    const journal = openJournal(folder);
    expect(journal.mounts.all()).toMatchObject([{ ...mount, isMarkedForDelete: false, state: 'creating' }]);
    expect(journal.store.state).toBe('active');
    expect([journal.logs.allSpooled(), journal.logs.allLate()]).toEqual([[], []]);
    const measuredAt = toInstant(new Date('2026-11-20T22:00:00Z'));
    journal.space.add(mount.mountId, { measuredAt, usedBytes: 1 }, measuredAt);
    expect(journal.space.ofMount(mount.mountId)).toHaveLength(1);
    journal.close();
  }
});
