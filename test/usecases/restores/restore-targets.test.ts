import { describe, expect, it } from 'vitest';
import { markMountForDelete } from '../../../shared/usecases/mounts/delete-mount.ts';
import { cancelRestore } from '../../../shared/usecases/restores/cancel-restore.ts';
import { endRestore } from '../../../shared/usecases/restores/end-restore.ts';
import { orderRestore } from '../../../shared/usecases/restores/order-restore.ts';
import { reportRestoreProgress } from '../../../shared/usecases/restores/report-restore.ts';
import { signRestore } from '../../../shared/usecases/restores/sign-restore.ts';
import { orderRetirement } from '../../../shared/usecases/retention/retire.ts';
import { decommissionStore } from '../../../shared/usecases/stores/store-state.ts';
import { admin, arrangeTargets, operator, progress } from '../../support/restore-targets.ts';

describe('a restore to a mount of another store', () => {
  it('pins the point and comes down to that store only, with the mount that the objects lie under', async () => {
    const { service, point, source, target, handOver, send } = await arrangeTargets();

    const restore = await orderRestore(service, operator, {
      recoveryPointId: point.recoveryPointId,
      targetMountId: target.mount.mountId,
    });
    await handOver(restore);

    expect(restore).toMatchObject({
      mountId: source.mount.mountId,
      targetMountId: target.mount.mountId,
      targetStoreId: target.storeId,
    });
    expect(await service.catalog.recoveryPoints.pins(point.recoveryPointId)).toEqual([
      `restore:${restore.restoreId}`,
    ]);
    const { restoreId, jobId } = restore;
    const { mountId } = target.mount;
    const told = { restoreId, jobId, mountId, sourceMountId: source.mount.mountId };
    expect((await send(target)).body?.commands).toMatchObject([told]);
    expect((await send(source)).body?.commands).toEqual([]);
  });

  it('reads what the point itself names, and nothing else of the mount (I9)', async () => {
    const { service, point, younger, target, handOver, keysOf } = await arrangeTargets();
    const restore = await orderRestore(service, operator, {
      recoveryPointId: point.recoveryPointId,
      targetMountId: target.mount.mountId,
    });
    const { fence } = await handOver(restore);
    const sign = (key: string) =>
      signRestore(service, target.caller, { restoreId: restore.restoreId, fence, keys: [key] });
    const needed = (await keysOf(point)).filter((key) => /\/(packs|maps|manifest)/.test(key));
    const others = [
      ...(await keysOf(younger)),
      ...(await keysOf(point)).filter((key) => !needed.includes(key)),
    ];

    expect(needed.length).toBeGreaterThan(2);
    for (const key of needed) expect((await sign(key)).urls).toHaveLength(1);
    expect(others.length).toBeGreaterThan(2);
    for (const key of others) await expect(sign(key), key).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await cancelRestore(service, operator, restore.restoreId);
    await expect(sign(needed[0] ?? '')).rejects.toMatchObject({ code: 'RESTORE_STATE_CONFLICT' });
  });

  it('does not exist for the store that the point came from', async () => {
    const { service, point, source, target, handOver } = await arrangeTargets();
    const restore = await orderRestore(service, operator, {
      recoveryPointId: point.recoveryPointId,
      targetMountId: target.mount.mountId,
    });
    const { fence } = await handOver(restore);
    const { restoreId } = restore;
    const report = (caller: typeof source.caller) =>
      reportRestoreProgress(service, caller, { restoreId, fence, progress });

    await expect(report(source.caller)).rejects.toMatchObject({ code: 'RESTORE_NOT_FOUND' });
    const listed = await service.send('listRestores', {
      caller: source.caller,
      query: { mountId: source.mount.mountId },
    });
    expect(listed.body?.items).toEqual([]);
    expect(await report(target.caller)).toMatchObject({ state: 'staging' });
  });

  it('keeps its mount and its store until it has ended; mount and store of the point may go and be retired meanwhile', async () => {
    const { service, point, source, target } = await arrangeTargets();
    const { mountId } = target.mount;
    const { restoreId } = await orderRestore(service, operator, {
      recoveryPointId: point.recoveryPointId,
      targetMountId: mountId,
    });
    const mark = (id: typeof mountId) =>
      markMountForDelete(service, admin, { mountId: id, abandonBackup: false });

    await expect(mark(mountId)).rejects.toMatchObject({ code: 'MOUNT_BUSY' });
    await mark(source.mount.mountId);
    await decommissionStore(service, admin, { storeId: source.mount.storeId, gatewayIsLost: true });
    await markMountForDelete(service, admin, { mountId: source.mount.mountId, abandonBackup: false });
    const { name } = source.mount;
    await orderRetirement(service, admin, { mountId: source.mount.mountId, confirmName: name });
    expect(await service.catalog.recoveryPoints.pins(point.recoveryPointId)).toHaveLength(1);
    await decommissionStore(service, admin, { storeId: target.storeId, gatewayIsLost: false });
    const idle = { storeState: 'decommissioning', unfinishedWork: 0 } as const;
    expect(await target.poll(idle)).toMatchObject({ storeState: 'decommissioning' });
    await endRestore(service, { restoreId, end: { state: 'completed', progress } });
    expect(await target.poll(idle)).toMatchObject({ storeState: 'decommissioned' });
    expect(await service.catalog.recoveryPoints.pins(point.recoveryPointId)).toEqual([]);
  });
});

describe('an order to another mount', () => {
  it('is refused with both figures where the mount has no room, by its last report', async () => {
    const { service, point, target } = await arrangeTargets({ freeBytes: 5 });
    const order = { recoveryPointId: point.recoveryPointId, targetMountId: target.mount.mountId };

    await expect(orderRestore(service, operator, order)).rejects.toMatchObject({
      code: 'RESTORE_SPACE_LOW',
      details: { neededBytes: point.totals.bytes, freeBytes: 5 },
      message: expect.stringMatching(new RegExp(`needs ${point.totals.bytes} bytes.* 5 bytes free`)),
    });
    expect(await service.catalog.recoveryPoints.pins(point.recoveryPointId)).toEqual([]);
  });

  it('is refused by name for a gateway that would look for the point under the wrong mount', async () => {
    const { service, point, target } = await arrangeTargets({ capabilities: ['stage-restore'] });
    const order = { recoveryPointId: point.recoveryPointId, targetMountId: target.mount.mountId };

    await expect(orderRestore(service, operator, order)).rejects.toMatchObject({
      code: 'CAPABILITY_MISSING',
      details: { capability: 'restore-targets' },
    });
  });

  it('works when the mount that the point came from is gone', async () => {
    const { service, point, source, target } = await arrangeTargets();
    await decommissionStore(service, admin, { storeId: source.mount.storeId, gatewayIsLost: true });
    await markMountForDelete(service, admin, { mountId: source.mount.mountId, abandonBackup: false });
    const order = (options: object) =>
      orderRestore(service, operator, { recoveryPointId: point.recoveryPointId, ...options });

    await expect(order({})).rejects.toMatchObject({ code: 'MOUNT_STATE_CONFLICT' });
    expect(await order({ targetMountId: target.mount.mountId })).toMatchObject({ state: 'planned' });
  });

  it('of several mounts makes a restore for each, or none where one of them is refused', async () => {
    const { service, point, source, target } = await arrangeTargets();
    const order = (targetMountIds: readonly string[]) =>
      service.send('createRestores', {
        caller: operator,
        body: { recoveryPointId: point.recoveryPointId, targetMountIds },
        headers: { 'idempotency-key': 'both' },
      });
    const pins = () => service.catalog.recoveryPoints.pins(point.recoveryPointId);

    expect(await order([source.mount.mountId, 'mnt-01JZZZZZZZZZZZZZZZZZZZZZZZ'])).toMatchObject({
      statusCode: 404,
    });
    expect(await pins()).toEqual([]);
    const mountIds = [source.mount.mountId, target.mount.mountId];
    const [first, again] = [await order(mountIds), await order(mountIds)];

    expect(first).toMatchObject({
      statusCode: 202,
      body: { items: [{ mountId: source.mount.mountId }, { targetMountId: target.mount.mountId }] },
    });
    expect(again.body).toEqual(first.body);
    expect(await pins()).toHaveLength(2);
  });
});

describe('a clone of a point whose snapshot the store still has', () => {
  it('is ordered without room, as one that the store may make by itself, and says what it was made of', async () => {
    const { service, source, point, younger, handOver } = await arrangeTargets();
    const { mountId } = source.mount;
    const { recoveryPointId } = point;
    const report = { mountId, state: 'ready', freeBytes: 5, totalBytes: 10, keptPoints: [recoveryPointId] };
    const poll = () =>
      service.send('pollStore', {
        caller: source.caller,
        params: { storeId: source.storeId },
        body: {
          ...{ protocolVersion: 1, gatewayVersion: '1.0.0', capabilities: source.capabilities },
          mounts: [report],
        },
      });
    await poll();
    const order = (more: object, id = recoveryPointId) =>
      orderRestore(service, operator, { recoveryPointId: id, ...more });
    const clone = { name: 'testdb' };
    const owners = { allTo: { uid: 1, gid: 1 } };

    for (const [more, id] of [[{}], [{ clone, owners }], [{ clone }, younger.recoveryPointId]] as const)
      await expect(order(more, id)).rejects.toMatchObject({ code: 'RESTORE_SPACE_LOW' });
    const ordered = await order({ clone });
    await handOver(ordered);

    expect((await poll()).body).toMatchObject({
      commands: [{ kind: 'stage-restore', mayUseSnapshot: true }],
    });
    const chosen = await order({ clone: { name: 'some' }, paths: [{ path: 'data.dbf' }] });
    await handOver(chosen);
    const { commands } = (await poll()).body as { commands: object[] };
    expect(commands[1]).not.toHaveProperty('mayUseSnapshot');
    const shown = await service.send('showMount', { caller: operator, params: { mountId } });
    expect(shown.body).toMatchObject({ storeReport: { keptPoints: [recoveryPointId] } });

    const { restoreId } = ordered;
    const fromSnapshot = '01J00000000000000000000000';
    const reported = await service.send('reportRestoreResult', {
      caller: source.caller,
      params: { restoreId },
      body: { outcome: 'completed', fence: 1, progress: { ...progress, fromSnapshot } },
    });
    expect(reported.statusCode).toBe(200);
    await endRestore(service, {
      restoreId,
      end: { state: 'completed', progress: { ...progress, fromSnapshot } },
    });
    const { body } = await service.send('showRestore', { caller: operator, params: { restoreId } });
    expect(body).toMatchObject({ state: 'completed', progress: { fromSnapshot } });
  });
});
