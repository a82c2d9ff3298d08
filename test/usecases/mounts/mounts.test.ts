import { describe, expect, it } from 'vitest';
import { watchJournals } from '../../../shared/usecases/journal/watch-journals.ts';
import { orderRestore } from '../../../shared/usecases/restores/order-restore.ts';
import { admin, journalOf, startServingStore } from '../../support/serving-store.ts';
import { askCommit, openSnapshot, runCommit, uploadFiles } from '../../support/uploading.ts';

const minute = 60_000;
type Serving = Awaited<ReturnType<typeof startServingStore>>;

async function commitPoint({ service, caller, mountId }: Serving) {
  const mount = (await service.catalog.mounts.find(mountId)) as never;
  const upload = await openSnapshot(service, caller, mount);
  await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
  return runCommit(service, upload.uploadId);
}

const storeJournals = ({ service }: Serving) => watchJournals({ ...service, onError: () => {} });

/** Marks the mount and lets its gateway report that it is withdrawn. */
async function deleteMount(serving: Serving) {
  await serving.mark();
  const { mounts } = (await serving.report()) as { mounts: { deleteFence: number }[] };
  return serving.report({ state: 'withdrawn', deleteFence: mounts[0]?.deleteFence });
}

describe('settings of a mount', () => {
  it('change by a PATCH, with an entry of its journal, and come down with the next poll (F2)', async () => {
    const { service, mountId, change, show, report } = await startServingStore();
    const settings = { expire: '2w 3d', maxPendingSnapshots: 7, quotaBytes: 5 * 2 ** 40 };

    expect(await change(settings)).toMatchObject({ statusCode: 200, mountId, ...settings });

    expect(await show()).toMatchObject(settings);
    expect(await report()).toMatchObject({ mounts: [{ ...settings, state: 'active' }] });
    expect(await journalOf(service, mountId)).toEqual(['mount-created', 'mount-changed']);
  });

  it('that are what they should be already are no change', async () => {
    const { service, mountId, change } = await startServingStore();
    await change({ expire: '2w', quotaBytes: 0 });

    expect(await change({ expire: '2w', quotaBytes: 0 })).toMatchObject({ statusCode: 200, expire: '2w' });

    expect(await journalOf(service, mountId)).toHaveLength(2);
  });

  it.each([
    ['an expire that is none', { expire: '2 months' }, 'EXPIRE_INVALID'],
    ['no pending snapshot at all', { maxPendingSnapshots: 0 }, 'REQUEST_INVALID'],
    ['a quota in another unit than bytes', { quotaBytes: 500 }, 'REQUEST_INVALID'],
    ['a negative quota', { quotaBytes: -1 }, 'REQUEST_INVALID'],
    ['nothing', {}, 'REQUEST_INVALID'],
    ['a setting that there is not', { name: 'other' }, 'REQUEST_INVALID'],
  ])('with %s are refused', async (_, body, code) => {
    const { service, mountId, change } = await startServingStore();

    expect(await change(body)).toMatchObject({ statusCode: 400, code });

    expect(await journalOf(service, mountId)).toHaveLength(1);
  });

  it('of ten requests at once are all taken over, one after the other', async () => {
    const { service, mountId, change } = await startServingStore();

    const answers = await Promise.all([1, 2, 3, 4, 5].map((days) => change({ expire: `${days}d` })));

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200]);
    expect(await journalOf(service, mountId)).toHaveLength(6);
  });

  it('that this gateway cannot carry out are refused when they are ordered, by name (S42)', async () => {
    const { storeId, change, create } = await startServingStore({ capabilities: ['stage-restore'] });

    for (const refused of [
      await change({ quotaBytes: 2 ** 40 }),
      await create({ name: 'b', quotaBytes: 2 ** 40 }),
    ]) {
      expect(refused).toMatchObject({ statusCode: 409, code: 'CAPABILITY_MISSING' });
      expect(refused.detail).toContain(`a quota needs a gateway with the capability quota; version 1.0.0`);
      expect(refused.detail).toContain(storeId);
    }
    expect(await change({ maxPendingSnapshots: 9 })).toMatchObject({ statusCode: 200 });
  });

  it('with a quota are refused on a store that never had a gateway', async () => {
    const { call } = await startServingStore();
    const { storeId } = await call('createStore', { caller: admin, body: { name: 'new' } });

    const body = { storeId, name: 'm', expire: '1w', quotaBytes: 2 ** 40 };

    expect(await call('createMount', { caller: admin, body })).toMatchObject({ code: 'CAPABILITY_MISSING' });
  });
});

describe('deleting a mount', () => {
  it('marks it, waits for its gateway, and keeps its recovery points when it is gone (A22)', async () => {
    const serving = await startServingStore();
    const { service, call, mountId, mark, report, show } = serving;
    await report();
    const point = await commitPoint(serving);

    expect(await mark()).toMatchObject({ statusCode: 202, state: 'marked-for-delete' });
    const draining = await report({ pendingSnapshots: 1 });
    expect(draining).toMatchObject({ mounts: [{ mountId, state: 'marked-for-delete', deleteFence: 3 }] });
    expect(await report({ state: 'withdrawn', deleteFence: 3 })).toMatchObject({ statusCode: 200 });

    expect(await show()).toMatchObject({
      state: 'gone',
      deletion: { markedBy: 'key-admin', goneAt: expect.any(String) },
    });
    await storeJournals(serving);
    expect(await journalOf(service, mountId)).toEqual([
      ...['mount-created', 'recovery-point-committed', 'mount-marked-for-delete', 'mount-gone'],
    ]);
    const points = await call('listRecoveryPoints', { caller: admin, query: { mountId } });
    expect(points).toMatchObject({ items: [{ recoveryPointId: point.recoveryPointId, state: 'available' }] });
  });

  it('lists the mount to its gateway until the journal in the vault says that it is gone', async () => {
    const serving = await startServingStore();
    const { mountId, poll } = serving;

    expect(await deleteMount(serving)).toMatchObject({ mounts: [{ mountId, state: 'marked-for-delete' }] });
    await storeJournals(serving);

    expect(await poll([])).toMatchObject({ mounts: [] });
  });

  it('frees the name, never the id', async () => {
    const serving = await startServingStore();
    expect(await serving.create()).toMatchObject({ code: 'MOUNT_NAME_TAKEN' });
    await deleteMount(serving);

    const second = await serving.create();

    expect(second).toMatchObject({ statusCode: 201, name: 'orcl', state: 'creating' });
    expect(second.mountId).not.toBe(serving.mountId);
    expect(await serving.show()).toMatchObject({ state: 'gone' });
  });

  it('again changes nothing, before and after it is gone', async () => {
    const serving = await startServingStore();
    const { service, mountId, mark } = serving;
    const first = await mark();

    expect(await mark()).toEqual(first);
    await deleteMount(serving);
    expect(await mark()).toMatchObject({ statusCode: 202, state: 'gone' });

    expect(
      (await journalOf(service, mountId)).filter((kind) => kind === 'mount-marked-for-delete'),
    ).toHaveLength(1);
  });

  it('is taken back by unmark until it is gone; a late report of the first mark does not end a second', async () => {
    const serving = await startServingStore();
    const { mark, unmark, show, report } = serving;
    await report();
    await mark();
    const { mounts } = (await report()) as { mounts: { deleteFence: number }[] };
    const late = { state: 'withdrawn', deleteFence: mounts[0]?.deleteFence };

    expect(await unmark()).toMatchObject({ statusCode: 200, state: 'creating' });
    expect(await unmark()).toMatchObject({ statusCode: 200, state: 'creating' });
    await report(late);
    expect(await show()).toMatchObject({ state: 'creating' });
    await report();
    expect(await show()).toMatchObject({ state: 'ready' });
    expect(await show()).not.toHaveProperty('deletion');
    await mark();
    await report(late);
    expect(await show()).toMatchObject({ state: 'marked-for-delete' });

    await deleteMount(serving);
    expect(await unmark()).toMatchObject({ statusCode: 409, code: 'MOUNT_STATE_CONFLICT' });
  });

  it('waits for an upload that the service knows of, whatever the gateway says', async () => {
    const serving = await startServingStore();
    const { service, caller, mountId, show } = serving;
    const upload = await openSnapshot(service, caller, (await service.catalog.mounts.find(mountId)) as never);

    await deleteMount(serving);
    expect(await show()).toMatchObject({ state: 'marked-for-delete' });
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
    await runCommit(service, upload.uploadId);
    await deleteMount(serving);

    expect(await show()).toMatchObject({ state: 'gone', seq: 1 });
    await expect(
      openSnapshot(service, caller, (await service.catalog.mounts.find(mountId)) as never),
    ).rejects.toMatchObject({ code: 'MOUNT_STATE_CONFLICT' });
  });

  it('is refused while a restore runs, and a restore once it is marked or gone', async () => {
    const serving = await startServingStore();
    const { service, mark, unmark } = serving;
    const { recoveryPointId } = await commitPoint(serving);
    const restore = await orderRestore(service, admin, { recoveryPointId });

    expect(await mark()).toMatchObject({ statusCode: 409, code: 'MOUNT_BUSY' });
    await service.catalog.restores.end(restore, { state: 'completed', at: service.clock.now() });
    expect(await mark()).toMatchObject({ statusCode: 202 });

    const order = () => orderRestore(service, admin, { recoveryPointId });
    await expect(order()).rejects.toMatchObject({ code: 'MOUNT_STATE_CONFLICT' });
    await unmark();
    await expect(order()).resolves.toMatchObject({ state: 'planned' });
  });

  it('is refused while a backup is begun, unless that is given up (B1)', async () => {
    const { report, mark, change, show } = await startServingStore();
    const backupStartedAt = '2026-01-31T11:59:00.000Z';
    await report({ backupStartedAt });

    const refused = await mark();
    expect(refused).toMatchObject({ statusCode: 409, code: 'MOUNT_BUSY', backupStartedAt });
    expect(refused.hint).toContain('abandonBackup=true');
    expect(await change({ expire: '9d' })).toMatchObject({ statusCode: 200 });
    expect(await mark({ abandonBackup: 'true' })).toMatchObject({ state: 'marked-for-delete' });

    expect(await show()).toMatchObject({ storeReport: { backupStartedAt } });
  });

  it('is refused for a gateway that would leave the mount as it is (S42)', async () => {
    const { mark, show } = await startServingStore({ capabilities: [] });

    expect(await mark()).toMatchObject({ statusCode: 409, code: 'CAPABILITY_MISSING' });

    expect(await show()).not.toHaveProperty('deletion');
  });

  it('is done at once where no gateway ever was', async () => {
    const { call } = await startServingStore();
    const { storeId } = await call('createStore', { caller: admin, body: { name: 'new' } });
    const body = { storeId, name: 'm', expire: '1w' };
    const { mountId } = await call('createMount', { caller: admin, body });

    const deleted = await call('deleteMount', { caller: admin, params: { mountId: String(mountId) } });

    expect(deleted).toMatchObject({ statusCode: 202, state: 'gone' });
    expect(await call('createMount', { caller: admin, body })).toMatchObject({ statusCode: 201 });
  });

  it('is done at once, too, when the gateway that was to do it is lost', async () => {
    const { mark, decommission, change, service, mountId } = await startServingStore();
    const { deletion } = await mark();
    await decommission({ gatewayIsLost: true });

    expect(await mark()).toMatchObject({
      statusCode: 202,
      state: 'gone',
      deletion: { ...(deletion as object), goneAt: expect.any(String) },
    });

    expect(await journalOf(service, mountId)).toEqual([
      ...['mount-created', 'mount-marked-for-delete', 'mount-gone'],
    ]);
    expect(await change({ expire: '9d' })).toMatchObject({ code: 'MOUNT_STATE_CONFLICT' });
  });

  it('stops all changes of settings', async () => {
    const { mark, change } = await startServingStore();
    await mark();

    expect(await change({ expire: '9d' })).toMatchObject({ statusCode: 409, code: 'MOUNT_STATE_CONFLICT' });
  });
});

describe('what a gateway reports of a mount', () => {
  const figures = {
    exportState: 'exported',
    freeBytes: 10,
    totalBytes: 100,
    pendingSnapshots: 2,
    oldestPendingAt: '2026-01-31T10:00:00.000Z',
    timeToFullSeconds: 86_400,
  };

  it('is shown with the time of the report, and is no change of the line (F4)', async () => {
    const { service, mountId, report, show } = await startServingStore();
    const before = await service.catalog.mounts.find(mountId);

    await report(figures);

    expect(await show()).toMatchObject({
      state: 'ready',
      storeReport: { at: service.clock.now(), state: 'ready', ...figures },
    });
    const { lineVersion, journal, seq } = (await service.catalog.mounts.find(mountId)) ?? {};
    expect({ lineVersion, journal: journal?.number, seq }).toEqual({
      lineVersion: before?.lineVersion,
      journal: before?.journal.number,
      seq: 0,
    });
  });

  it('says why a mount is inconsistent, and leaves out what is not known', async () => {
    const { report, show } = await startServingStore();
    await report(figures);

    await report({ state: 'inconsistent', reason: 'oracle_data is missing' });

    expect((await show()).storeReport).toEqual({
      at: expect.any(String),
      state: 'inconsistent',
      reason: 'oracle_data is missing',
    });
  });

  it('is written when something changed, or every five minutes: an idle day is 288 writes of 2880 polls', async () => {
    const { service, report } = await startServingStore();
    const { mounts } = service.catalog;
    const noteReport = mounts.noteReport;
    let writes = 0;
    Object.assign(mounts, {
      noteReport: (...given: Parameters<typeof noteReport>) => {
        writes++;
        return noteReport(...given);
      },
    });
    await report(figures);

    for (let poll = 0; poll < 120; poll++) {
      service.clock.advance(minute / 2);
      await report({ ...figures, freeBytes: 1000 - poll });
    }
    expect(writes).toBe(1 + 12);
    await report({ ...figures, pendingSnapshots: 3 });

    expect(writes).toBe(1 + 12 + 1);
  });

  it('of mounts of another store changes nothing there (I9)', async () => {
    const serving = await startServingStore();
    const { service, call } = serving;
    const other = await call('createStore', { caller: admin, body: { name: 'other' } });
    const body = { storeId: other.storeId, name: 'm', expire: '1w' };
    const { mountId } = await call('createMount', { caller: admin, body });

    await serving.poll([{ mountId, state: 'ready', freeBytes: 1 }]);

    const found = await service.catalog.mounts.find(mountId as never);
    expect(found).toMatchObject({ state: 'creating' });
    expect(found).not.toHaveProperty('storeReport');
  });
});
