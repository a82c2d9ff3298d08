import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import type { StoreId } from '../../../shared/domain/ids.ts';
import { cancelRestore } from '../../../shared/usecases/restores/cancel-restore.ts';
import { endRestore } from '../../../shared/usecases/restores/end-restore.ts';
import { handOverRestore } from '../../../shared/usecases/restores/hand-over-restore.ts';
import { orderRestore } from '../../../shared/usecases/restores/order-restore.ts';
import {
  reportRestoreProgress,
  reportRestoreResult,
} from '../../../shared/usecases/restores/report-restore.ts';
import { signRestore } from '../../../shared/usecases/restores/sign-restore.ts';
import { watchRestores } from '../../../shared/usecases/restores/watch-restores.ts';
import { pollStore } from '../../../shared/usecases/stores/poll-store.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';

const operator: Caller = { credentialId: 'key-operator', role: 'operator' };
const progress = { filesDone: 1, filesTotal: 1, bytesDone: 10, bytesTotal: 10 };
const minute = 60_000;
const day = 86_400_000;

async function arrange() {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const upload = await openSnapshot(service, caller, mount);
  await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
  const point = await runCommit(service, upload.uploadId);
  const restore = await orderRestore(service, operator, { recoveryPointId: point.recoveryPointId });
  const { restoreId } = restore;
  const handOver = (taskToken: string) => {
    service.workflows.addTask(taskToken);
    return handOverRestore(service, { restoreId, taskToken });
  };
  const poll = () =>
    pollStore(service, {
      storeId: mount.storeId,
      isJournalCurrent: true,
      idleSeconds: 30,
      protocolVersion: 1,
      gatewayVersion: '1.0.0',
      capabilities: ['stage-restore'],
      mounts: [{ mountId: mount.mountId, state: 'ready' }],
    });
  return { service, mount, caller, point, restore, restoreId, handOver, poll };
}

describe('a restore', () => {
  it('pins its point from the order to the end', async () => {
    const { service, point, restoreId } = await arrange();
    const pins = () => service.catalog.recoveryPoints.pins(point.recoveryPointId);

    expect(await pins()).toEqual([`restore:${restoreId}`]);
    await endRestore(service, { restoreId, end: { state: 'completed', progress } });
    expect(await pins()).toEqual([]);
  });

  it('comes down to its store with the next poll, without the task token, until it has ended', async () => {
    const { service, restore, restoreId, handOver, poll } = await arrange();
    const before = await poll();
    await handOver('token-1');

    const during = await poll();
    await endRestore(service, { restoreId, end: { state: 'completed', progress } });
    const after = await poll();

    expect(before.commands).toEqual([]);
    expect(during.commands).toMatchObject([
      { command: { restoreId, fence: 1 }, restore: { jobId: restore.jobId } },
    ]);
    expect(during.pollAfterSeconds).toBe(2);
    expect(after).toMatchObject({ commands: [], pollAfterSeconds: 30 });
  });

  it('never shows its task token through the API', async () => {
    const { service, mount, caller, restoreId, handOver } = await arrange();
    await handOver('token-1');

    const shown = await service.send('showRestore', { caller: operator, params: { restoreId } });
    const polled = await service.send('pollStore', {
      caller,
      params: { storeId: mount.storeId },
      body: { protocolVersion: 1, gatewayVersion: '1.0.0', capabilities: [], mounts: [] },
    });

    expect(shown.body).toMatchObject({ restoreId, state: 'handed-over' });
    expect(polled.body?.['commands']).toHaveLength(1);
    expect(JSON.stringify([shown, polled])).not.toContain('token-1');
  });

  it('passes reports on as heartbeats and as the end of the task', async () => {
    const { service, caller, restoreId, handOver } = await arrange();
    const { fence } = await handOver('token-1');

    const staging = await reportRestoreProgress(service, caller, { restoreId, fence, progress });
    await reportRestoreResult(service, caller, { restoreId, fence, outcome: 'completed', progress });

    expect(staging).toMatchObject({ state: 'staging', progress });
    expect(service.workflows.calls.slice(-2)).toEqual([
      { kind: 'heartbeat', taskToken: 'token-1' },
      { kind: 'succeed', taskToken: 'token-1', output: { state: 'completed', progress } },
    ]);
  });

  it('knows what there is to do before the gateway does', async () => {
    const { service, caller, restoreId, handOver } = await arrange();
    const { fence } = await handOver('token-1');
    const nothingYet = { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 };

    const staging = await reportRestoreProgress(service, caller, { restoreId, fence, progress: nothingYet });

    expect(staging.progress).toEqual({ filesDone: 0, filesTotal: 1, bytesDone: 0, bytesTotal: 10 });
  });

  it('takes no report of an earlier hand-over', async () => {
    const { service, caller, restoreId, handOver } = await arrange();
    const { fence } = await handOver('token-1');
    service.workflows.dropTask('token-1');
    await handOver('token-2');

    const report = { restoreId, fence, progress };
    const stale = { code: 'RESTORE_STATE_CONFLICT' };

    await expect(reportRestoreProgress(service, caller, report)).rejects.toMatchObject(stale);
    await expect(
      reportRestoreResult(service, caller, { ...report, outcome: 'completed' }),
    ).rejects.toMatchObject(stale);
    await expect(signRestore(service, caller, { restoreId, fence, keys: [] })).rejects.toMatchObject(stale);
  });

  it('is handed over once for one task, however often the step runs', async () => {
    const { handOver } = await arrange();

    const fences = [await handOver('token-1'), await handOver('token-1')];

    expect(fences).toEqual([{ fence: 1 }, { fence: 1 }]);
  });

  it('ends once: a later end changes nothing', async () => {
    const { service, restoreId } = await arrange();
    await endRestore(service, { restoreId, end: { state: 'completed', progress } });

    const again = await endRestore(service, { restoreId, end: { state: 'failed', reason: 'late' } });

    expect(again).toMatchObject({ state: 'completed' });
  });

  it('lets its store read objects of its mount’s snapshots and nothing else', async () => {
    const { service, mount, caller, point, restoreId, handOver } = await arrange();
    const { fence } = await handOver('token-1');
    const own = `v1/mounts/${mount.mountId}/uploads/${point.recoveryPointId}/manifest-${point.manifestSha256}.zst`;
    const sign = (key: string) => signRestore(service, caller, { restoreId, fence, keys: [key] });

    expect((await sign(own)).urls).toHaveLength(1);
    for (const foreign of [
      own.replace(mount.mountId, 'mnt-01JZZZZZZZZZZZZZZZZZZZZZZZ'),
      `v1/mounts/${mount.mountId}/journal/000000000001`,
      `v1/mounts/${mount.mountId}/../secret`,
      'anything',
    ]) {
      await expect(sign(foreign)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
  });

  it('of another store does not exist for a store', async () => {
    const { service, restoreId, handOver } = await arrange();
    const { fence } = await handOver('token-1');
    const storeId = 'sto-01JZZZZZZZZZZZZZZZZZZZZZZZ' as StoreId;
    const stranger: Caller = { credentialId: 'other', role: 'store', storeId };

    await expect(
      reportRestoreProgress(service, stranger, { restoreId, fence, progress }),
    ).rejects.toMatchObject({
      code: 'RESTORE_NOT_FOUND',
    });
  });
});

describe('ordering a restore', () => {
  it('makes one restore for one idempotency key', async () => {
    const { service, point } = await arrange();
    const order = () =>
      service.send('createRestore', {
        caller: operator,
        params: { recoveryPointId: point.recoveryPointId },
        body: {},
        headers: { 'idempotency-key': 'monday' },
      });

    const answers = [await order(), await order()];

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202]);
    expect(answers[1]?.body?.['restoreId']).toBe(answers[0]?.body?.['restoreId']);
  });

  it('refuses a point that does not exist', async () => {
    const { service } = await arrange();

    await expect(
      orderRestore(service, operator, { recoveryPointId: '01JZZZZZZZZZZZZZZZZZZZZZZZ' as never }),
    ).rejects.toMatchObject({ code: 'RECOVERY_POINT_NOT_FOUND' });
  });
});

describe('the watch', () => {
  it('starts the workflow that a crash kept from starting, once', async () => {
    const { service } = await arrange();
    const starts = () => service.workflows.calls.filter(({ kind }) => kind === 'start-restore').length;
    service.clock.advance(3 * minute);

    const found = await watchRestores(service);

    expect(found.started).toBe(1);
    expect(starts()).toBe(1);
  });

  it('ends a restore that nobody moves on any more, and drops its pin', async () => {
    const { service, point, restoreId } = await arrange();
    service.clock.advance(15 * day);

    const found = await watchRestores(service);

    expect(found.ended).toBe(1);
    expect(await service.catalog.restores.find(restoreId)).toMatchObject({ state: 'failed' });
    expect(await service.catalog.recoveryPoints.pins(point.recoveryPointId)).toEqual([]);
  });
});

describe('cancelling a restore', () => {
  it('gives the pin back and takes the order away, once', async () => {
    const { service, point, restoreId, handOver, poll } = await arrange();
    await handOver('token-1');
    const cancel = () => service.send('cancelRestore', { caller: operator, params: { restoreId } });

    const answers = [await cancel(), await cancel()];

    for (const { statusCode, body } of answers) {
      expect(statusCode).toBe(200);
      expect(body).toMatchObject({ state: 'cancelled', reason: 'cancelled by key-operator' });
    }
    expect(await service.catalog.recoveryPoints.pins(point.recoveryPointId)).toEqual([]);
    expect((await poll()).commands).toEqual([]);
    const [last] = service.workflows.calls.slice(-1);
    expect(last).toMatchObject({ kind: 'succeed', output: { state: 'cancelled' } });
    expect(service.workflows.calls.filter(({ kind }) => kind === 'succeed')).toHaveLength(1);
  });

  it('works before the restore is handed over, and the workflow then hands nothing over', async () => {
    const { service, restoreId, handOver } = await arrange();

    await cancelRestore(service, operator, restoreId);

    await expect(handOver('token-1')).rejects.toMatchObject({ code: 'RESTORE_STATE_CONFLICT' });
    expect(await service.catalog.restores.find(restoreId)).toMatchObject({ state: 'cancelled' });
  });

  it('that has ended is refused with how it ended', async () => {
    const { service, restoreId } = await arrange();
    await endRestore(service, { restoreId, end: { state: 'completed', progress } });

    await expect(cancelRestore(service, operator, restoreId)).rejects.toMatchObject({
      code: 'RESTORE_STATE_CONFLICT',
      message: expect.stringMatching(/has ended already: completed$/),
    });
  });
});

describe('an order of chosen files', () => {
  const order = async (body: object, capabilities?: readonly string[]) => {
    const { service, mount, point } = await arrange();
    if (capabilities) {
      const seen = { at: service.clock.now(), gatewayVersion: '1.0.0', capabilities };
      await service.catalog.stores.noteSeen(mount.storeId, seen);
    }
    const params = { recoveryPointId: point.recoveryPointId };
    return { service, ...(await service.send('createRestore', { caller: operator, params, body })) };
  };
  const able = ['stage-restore', 'restore-options'];

  it('goes to the store with the paths and the owners', async () => {
    const body = { paths: [{ path: 'a' }, { pathBase64: '/+8=' }], owners: { uids: { 54321: 1001 } } };

    const answer = await order(body, able);

    expect(answer).toMatchObject({
      statusCode: 202,
      body: { paths: body.paths, owners: { uids: { 54321: 1001 }, gids: {} }, progress: { filesTotal: 0 } },
    });
  });

  it('is refused where the gateway would leave the choice out and restore everything', async () => {
    const { statusCode, body } = await order({ paths: [{ path: 'a' }] }, ['stage-restore']);

    expect([statusCode, body?.code]).toEqual([409, 'CAPABILITY_MISSING']);
  });

  it.each([
    ['no path', { paths: [] }, /paths/],
    ['too many paths', { paths: Array.from({ length: 1001 }, () => ({ path: 'a' })) }, /name the folders/],
    [
      'too long a list',
      { paths: Array.from({ length: 40 }, () => ({ path: 'é'.repeat(2000) })) },
      /name the folders/,
    ],
    ['both forms of a path', { paths: [{ path: 'a', pathBase64: 'YQ==' }] }, /paths/],
    ['an owner that is no number', { owners: { allTo: { uid: 'oracle', gid: 1 } } }, /owners/],
    ['an owner that means none', { owners: { allTo: { uid: 4_294_967_295, gid: 1 } } }, /owners/],
    ['what is not known', { target: 'elsewhere' }, /target/],
  ])('with %s is refused with what is wrong', async (_, body, why) => {
    const answer = await order(body, able);

    expect(answer.statusCode).toBe(400);
    expect(JSON.stringify(answer.body)).toMatch(why);
  });
});
