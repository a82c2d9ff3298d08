import { describe, expect, it } from 'vitest';
import { authenticate } from '../../../shared/usecases/access/authenticate.ts';
import { orderRestore } from '../../../shared/usecases/restores/order-restore.ts';
import { createActivationCode } from '../../../shared/usecases/stores/register-store.ts';
import { closeUpload } from '../../../shared/usecases/uploads/close-upload.ts';
import { admin, startServingStore } from '../../support/serving-store.ts';
import { askCommit, openSnapshot, runCommit, uploadFiles } from '../../support/uploading.ts';

const idle = { storeState: 'decommissioning', unfinishedWork: 0 };

describe('decommissioning a store', () => {
  it('ends when its gateway, which knows of it, has nothing left to upload (A18, A19)', async () => {
    const { decommission, report, showStore } = await startServingStore();
    await report();

    expect(await decommission()).toMatchObject({ statusCode: 202, state: 'decommissioning' });
    expect(await report({}, { storeState: 'active', unfinishedWork: 0 })).toMatchObject({
      storeState: 'decommissioning',
    });
    expect(await report({}, { ...idle, unfinishedWork: 2 })).toMatchObject({ storeState: 'decommissioning' });
    expect(await report({}, {})).toMatchObject({ storeState: 'decommissioning' });
    expect(await report({}, idle)).toMatchObject({ storeState: 'decommissioned' });

    expect(await showStore()).toMatchObject({
      state: 'decommissioned',
      decommissioningAt: expect.any(String),
      decommissionedAt: expect.any(String),
    });
  });

  it('ends the token only when the gateway has learned that it is over', async () => {
    const { service, token, decommission, report } = await startServingStore();
    const mayCall = async () => (await authenticate(service, `Bearer ${token}`)) !== undefined;
    await decommission();
    await report({}, idle);

    expect(await report({}, idle)).toMatchObject({ storeState: 'decommissioned' });
    expect(await mayCall()).toBe(true);
    expect(await report({}, { ...idle, storeState: 'decommissioned' })).toMatchObject({ statusCode: 200 });

    expect(await mayCall()).toBe(false);
  });

  it('waits for an upload and a restore that the service knows of', async () => {
    const { service, caller, mountId, decommission, report, showStore } = await startServingStore();
    const mount = (await service.catalog.mounts.find(mountId)) as never;
    const committed = await openSnapshot(service, caller, mount);
    await askCommit(service, caller, committed, await uploadFiles(service, caller, committed));
    const { recoveryPointId } = await runCommit(service, committed.uploadId);
    const restore = await orderRestore(service, admin, { recoveryPointId });
    const open = await openSnapshot(service, caller, mount);
    await decommission();

    await report({}, idle);
    expect(await showStore()).toMatchObject({ state: 'decommissioning' });
    await closeUpload(service, open, { reason: 'given up' });
    await report({}, idle);
    expect(await showStore()).toMatchObject({ state: 'decommissioning' });
    await service.catalog.restores.end(restore, { state: 'completed', at: service.clock.now() });
    await report({}, idle);

    expect(await showStore()).toMatchObject({ state: 'decommissioned' });
  });

  it('is idempotent, and taken back while it lasts', async () => {
    const { decommission, recommission, report, showStore } = await startServingStore();
    const first = await decommission();
    expect(await decommission()).toEqual(first);

    expect(await recommission()).toMatchObject({ statusCode: 200, state: 'active' });
    expect(await recommission()).toMatchObject({ statusCode: 200, state: 'active' });
    expect(await report({}, idle)).toMatchObject({ storeState: 'active' });
    expect(await showStore()).not.toHaveProperty('decommissioningAt');

    await decommission();
    await report({}, idle);
    expect(await decommission()).toMatchObject({ statusCode: 202, state: 'decommissioned' });
    expect(await recommission()).toMatchObject({ statusCode: 409, code: 'STORE_STATE_CONFLICT' });
  });

  it('keeps new mounts and restores away from the store', async () => {
    const { service, caller, mountId, decommission, create } = await startServingStore();
    const upload = await openSnapshot(service, caller, (await service.catalog.mounts.find(mountId)) as never);
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
    const { recoveryPointId } = await runCommit(service, upload.uploadId);
    await decommission();

    expect(await create({ name: 'late' })).toMatchObject({ statusCode: 409, code: 'STORE_STATE_CONFLICT' });
    await expect(orderRestore(service, admin, { recoveryPointId })).rejects.toMatchObject({
      code: 'STORE_STATE_CONFLICT',
    });
  });

  it('of a store whose gateway is lost ends at once, with its token', async () => {
    const { service, token, decommission, change } = await startServingStore();

    expect(await decommission({ gatewayIsLost: true })).toMatchObject({ state: 'decommissioned' });
    expect(await change({ expire: '9d' })).toMatchObject({ statusCode: 409, code: 'STORE_STATE_CONFLICT' });

    expect(await authenticate(service, `Bearer ${token}`)).toBeUndefined();
  });

  it('of a store that never had a gateway ends at once, and its code is void', async () => {
    const { call } = await startServingStore();
    const created = await call('createStore', { caller: admin, body: { name: 'new' } });
    const storeId = String(created.storeId);
    const { code } = created.activation as { code: string };

    expect(await call('decommissionStore', { caller: admin, params: { storeId }, body: {} })).toMatchObject({
      state: 'decommissioned',
    });

    const body = { code, protocolVersion: 1, gatewayVersion: '1.0.0' };
    expect(await call('activateStore', { body })).toMatchObject({ code: 'ACTIVATION_REFUSED' });
  });

  it('goes on with new hardware', async () => {
    const { service, call, storeId, decommission, showStore } = await startServingStore();
    await decommission();
    const { code } = await createActivationCode(service, storeId);

    const body = { code, protocolVersion: 1, gatewayVersion: '1.0.0' };
    expect(await call('activateStore', { body })).toMatchObject({ statusCode: 200 });

    expect(await showStore()).toMatchObject({ state: 'decommissioning' });
  });

  it('is refused for a gateway that would go on taking backups (S42)', async () => {
    const { decommission, showStore } = await startServingStore({ capabilities: ['stage-restore'] });

    expect(await decommission()).toMatchObject({ statusCode: 409, code: 'CAPABILITY_MISSING' });

    expect(await showStore()).toMatchObject({ state: 'active' });
  });
});

describe('a poll of a gateway of another release (S42)', () => {
  it('with fields that this service does not know is served', async () => {
    const { report, show } = await startServingStore();
    const future = { colour: 'green', temperature: { celsius: 40 } };

    expect(await report(future, { ...future, oldestProtocolVersion: 1 })).toMatchObject({
      statusCode: 200,
      protocolVersion: 1,
    });

    expect(await show()).toMatchObject({ state: 'ready' });
    expect(await show()).not.toHaveProperty('storeReport.colour');
  });

  it('that says nothing of states and figures is served, and is never taken for finished', async () => {
    const { storeId, caller, mountId, call, decommission, showStore } = await startServingStore();
    await decommission();
    const body = {
      ...{ protocolVersion: 1, gatewayVersion: '0.0.9', capabilities: ['stage-restore'] },
      mounts: [{ mountId, state: 'ready' }],
    };

    expect(await call('pollStore', { caller, params: { storeId }, body })).toMatchObject({ statusCode: 200 });

    expect(await showStore()).toMatchObject({ state: 'decommissioning' });
  });

  it('that also speaks our version is answered in it; one that does not is told which side is too old', async () => {
    const { report } = await startServingStore();

    expect(await report({}, { protocolVersion: 2, oldestProtocolVersion: 1 })).toMatchObject({
      statusCode: 200,
      protocolVersion: 1,
    });
    expect(await report({}, { protocolVersion: 3, oldestProtocolVersion: 2 })).toMatchObject({
      statusCode: 409,
      code: 'SERVICE_TOO_OLD',
      retry: 'permanent',
      hint: expect.stringContaining('Upgrade the service'),
    });
    expect(await report({}, { protocolVersion: 0 })).toMatchObject({
      statusCode: 409,
      code: 'GATEWAY_TOO_OLD',
      hint: expect.stringContaining('Upgrade the gateway'),
    });
  });
});
