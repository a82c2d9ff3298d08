import { describe, expect, it } from 'vitest';
import { toMillis } from '../../../shared/domain/instant.ts';
import type { Restore } from '../../../shared/domain/restore.ts';
import { endRestore } from '../../../shared/usecases/restores/end-restore.ts';
import { orderRestore } from '../../../shared/usecases/restores/order-restore.ts';
import { watchStaged } from '../../../shared/usecases/restores/watch-staged.ts';
import { decommissionStore } from '../../../shared/usecases/stores/store-state.ts';
import { admin, arrangeTargets, operator, progress } from '../../support/restore-targets.ts';

const day = 86_400_000;

/** A restore, or a clone, that is complete. */
async function arrange(options: Partial<Pick<Restore, 'clone' | 'lease'>> = {}) {
  const targets = await arrangeTargets();
  const { service, source, point, handOver, send } = targets;
  const { recoveryPointId } = point;
  const order = async (more: typeof options = options) => {
    const restore = await orderRestore(service, operator, { recoveryPointId, ...more });
    await handOver(restore);
    return endRestore(service, { restoreId: restore.restoreId, end: { state: 'completed', progress } });
  };
  const { restoreId } = await order();
  const params = { restoreId };
  const find = async () => (await service.send('showRestore', { caller: operator, params })).body;
  const renew = (lease: string) => service.send('renewLease', { caller: operator, params, body: { lease } });
  const drop = () => service.send('dropStagedFiles', { caller: operator, params });
  const removed = (because = 'lease-ended', caller = source.caller) =>
    service.send('reportRemoval', { caller, params, body: { outcome: 'removed', because } });
  const waiting = (fence: number) =>
    service.send('reportRemoval', {
      caller: source.caller,
      params,
      body: { outcome: 'waiting', fence, reason: 'busy' },
    });
  const commands = async () => (await send(source)).body?.commands as Record<string, unknown>[];
  const pins = () => service.catalog.recoveryPoints.pins(recoveryPointId);
  return { ...targets, restoreId, order, find, renew, drop, removed, waiting, commands, pins };
}

describe('the lease of staged files', () => {
  it('is seven days from their completion, and their store removes them then and not before', async () => {
    const { service, restoreId, find, commands, removed, pins } = await arrange();
    const { leaseUntil, endedAt } = (await service.catalog.restores.find(restoreId)) as Restore;
    expect(toMillis(leaseUntil as never) - toMillis(endedAt as never)).toBe(7 * day);
    expect(await pins()).toEqual([]);

    service.clock.advance(7 * day - 1);
    expect(await commands()).toEqual([]);
    expect(await find()).toMatchObject({ staged: { state: 'present' } });
    service.clock.advance(1);

    expect(await commands()).toMatchObject([{ kind: 'remove-staged', restoreId, fence: 2 }]);
    expect(await find()).toMatchObject({ staged: { state: 'removing' } });
    expect(await removed()).toMatchObject({
      statusCode: 200,
      body: { staged: { state: 'removed', because: 'lease-ended' } },
    });
    expect(await commands()).toEqual([]);
  });

  it('can be renewed to later, never to earlier, and no more once the store was told', async () => {
    const { service, renew, commands, find } = await arrange({ lease: '2d' });

    expect(await renew('1d')).toMatchObject({ statusCode: 400, body: { code: 'LEASE_INVALID' } });
    expect(await renew('9d')).toMatchObject({ statusCode: 200, body: { state: 'completed' } });
    service.clock.advance(8 * day);
    expect(await commands()).toEqual([]);
    service.clock.advance(day);
    expect(await commands()).toMatchObject([{ kind: 'remove-staged', fence: 3 }]);

    expect(await renew('30d')).toMatchObject({ statusCode: 409, body: { code: 'RESTORE_STATE_CONFLICT' } });
    expect(await find()).toMatchObject({ staged: { state: 'removing' } });
  });

  it.each(['never', '0d', '3 weeks', '400d'])('of %s is refused', async (lease) => {
    const { order } = await arrange();

    await expect(order({ lease })).rejects.toMatchObject({ code: 'LEASE_INVALID' });
  });

  it('can be ended at once; what the store cannot remove yet is shown with its reason', async () => {
    const { drop, commands, waiting, find } = await arrange();

    expect(await drop()).toMatchObject({ statusCode: 202 });
    expect(await commands()).toMatchObject([{ kind: 'remove-staged', fence: 3 }]);
    expect(await waiting(2)).toMatchObject({ statusCode: 409 });
    expect(await waiting(3)).toMatchObject({ statusCode: 200 });

    expect(await find()).toMatchObject({ staged: { state: 'removing', reason: 'busy' } });
    expect(await drop()).toMatchObject({ statusCode: 202, body: { staged: { state: 'removing' } } });
    expect(await commands()).toHaveLength(1);
  });

  it('ends when the DBA removes the files, and another store cannot say so', async () => {
    const { removed, target, find, service, commands } = await arrange();

    expect(await removed('deleted', target.caller)).toMatchObject({ statusCode: 404 });
    expect(await removed('deleted')).toMatchObject({ body: { staged: { because: 'deleted' } } });
    service.clock.advance(30 * day);

    expect(await removed()).toMatchObject({ statusCode: 200 });
    expect(await find()).toMatchObject({ staged: { state: 'removed', because: 'deleted' } });
    expect(await commands()).toEqual([]);
  });

  it('is none, and refused when asked for, where the gateway does not know of leases', async () => {
    const { service, point, target, handOver } = await arrangeTargets({
      capabilities: ['stage-restore', 'restore-targets'],
    });
    const order = (more: object) =>
      orderRestore(service, operator, {
        ...{ recoveryPointId: point.recoveryPointId, targetMountId: target.mount.mountId, ...more },
      });

    await expect(order({ lease: '3d' })).rejects.toMatchObject({ code: 'CAPABILITY_MISSING' });
    await expect(order({ clone: { name: 'x' } })).rejects.toMatchObject({ code: 'CAPABILITY_MISSING' });
    const { restoreId } = await order({});
    await handOver({ restoreId } as Restore);
    const ended = await endRestore(service, { restoreId, end: { state: 'completed', progress } });
    expect(ended).not.toHaveProperty('staged');
    expect(await service.catalog.restores.commandsFor(target.storeId)).toEqual([]);
  });
});

describe('a clone', () => {
  const clone = { name: 'testdb' };

  it('keeps its point from being deleted until it is dropped and gone', async () => {
    const { service, point, restoreId, drop, commands, removed, pins } = await arrange({ clone });
    const remove = () =>
      service.send('deleteRecoveryPoint', {
        caller: operator,
        params: { recoveryPointId: point.recoveryPointId },
      });

    expect(await pins()).toEqual([`clone:${restoreId}`]);
    expect(await remove()).toMatchObject({
      body: { code: 'RECOVERY_POINT_PROTECTED', detail: expect.stringContaining(`clone:${restoreId}`) },
    });
    await drop();
    expect(await commands()).toMatchObject([{ kind: 'remove-staged', clone }]);
    expect(await pins()).toEqual([`clone:${restoreId}`]);
    await removed();

    expect(await pins()).toEqual([]);
  });

  it('has a name that no other clone of its mount has', async () => {
    const { service, source, point, restoreId } = await arrange({ clone });
    const create = (body: object) =>
      service.send('createClone', {
        caller: operator,
        params: { recoveryPointId: point.recoveryPointId },
        body,
      });
    const list = async () =>
      (await service.send('listClones', { caller: operator, params: { mountId: source.mount.mountId } })).body
        ?.items;

    expect(await create({ name: 'testdb' })).toMatchObject({
      statusCode: 409,
      body: { code: 'CLONE_EXISTS' },
    });
    for (const name of ['..', 'a/b', '', '.hidden', 'x'.repeat(64)]) {
      expect(await create({ name })).toMatchObject({ statusCode: 400 });
    }
    expect(await create({ name: 'other' })).toMatchObject({
      statusCode: 202,
      body: { clone: { name: 'other' } },
    });
    expect(await list()).toMatchObject([{ restoreId, clone }, { clone: { name: 'other' } }]);
  });

  it('keeps its mount from being deleted', async () => {
    const { service, source } = await arrange({ clone });

    expect(
      await service.send('deleteMount', { caller: admin, params: { mountId: source.mount.mountId } }),
    ).toMatchObject({ statusCode: 409, body: { code: 'MOUNT_BUSY' } });
  });

  it('of a store that is gone, or that says nothing for 30 days, pins its point no longer', async () => {
    const gone = await arrange({ clone });
    const silent = await arrange({ clone });
    const { storeId } = gone.source;

    await decommissionStore(gone.service, admin, { storeId, gatewayIsLost: true });
    expect(await watchStaged(gone.service)).toEqual({ abandoned: 1, pinned: 0 });
    silent.service.clock.advance(36 * day);
    expect(await watchStaged(silent.service)).toEqual({ abandoned: 0, pinned: 0 });
    silent.service.clock.advance(day);
    expect(await watchStaged(silent.service)).toEqual({ abandoned: 1, pinned: 0 });

    expect([await gone.pins(), await silent.pins()]).toEqual([[], []]);
    const reason = expect.stringContaining('said nothing');
    expect(await silent.find()).toMatchObject({ staged: { state: 'abandoned', reason } });
  });

  it('gets its pin back that a rebuild of the catalog has voided', async () => {
    const { service, point, restoreId, pins } = await arrange({ clone });
    const { mountId } = point;
    const mount = await service.catalog.mounts.find(mountId);
    await service.catalog.outbox.markDiverged(mountId, { number: 99, at: service.clock.now() });
    const { rebuildMount } = await import('../../../shared/usecases/catalog-rebuild/rebuild-mount.ts');
    await rebuildMount(service, mountId, { by: 'test', goesOn: false });
    expect((await service.catalog.mounts.find(mountId))?.epoch).toBeGreaterThan(mount?.epoch ?? 0);
    expect(await pins()).toEqual([]);

    expect(await watchStaged(service)).toEqual({ abandoned: 0, pinned: 1 });

    expect(await pins()).toEqual([`clone:${restoreId}`]);
  });
});
