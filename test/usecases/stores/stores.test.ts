import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import { authenticate } from '../../../shared/usecases/access/authenticate.ts';
import { issueCredential } from '../../../shared/usecases/access/issue-credential.ts';
import { activateStore } from '../../../shared/usecases/stores/activate-store.ts';
import { createActivationCode, registerStore } from '../../../shared/usecases/stores/register-store.ts';
import { createMemoryService } from '../../support/memory-service.ts';

const admin: Caller = { credentialId: 'key-admin', role: 'admin' };
const hour = 3_600_000;

describe('activation', () => {
  it('turns a code into the store’s token, once', async () => {
    const service = createMemoryService();
    const { store, activation } = await registerStore(service, { name: 'store-1' });

    const { token } = await activateStore(service, { code: activation.code, protocolVersion: 1 });

    expect(await authenticate(service, `Bearer ${token}`)).toMatchObject({
      role: 'store',
      storeId: store.storeId,
    });
    await expect(activateStore(service, { code: activation.code, protocolVersion: 1 })).rejects.toMatchObject(
      {
        code: 'ACTIVATION_REFUSED',
      },
    );
  });

  it('refuses a code after its hour', async () => {
    const service = createMemoryService();
    const { activation } = await registerStore(service, { name: 'store-1' });
    service.clock.advance(hour);

    await expect(activateStore(service, { code: activation.code, protocolVersion: 1 })).rejects.toMatchObject(
      {
        code: 'ACTIVATION_REFUSED',
      },
    );
  });

  it('with a new code makes the earlier token void', async () => {
    const service = createMemoryService();
    const { store, activation } = await registerStore(service, { name: 'store-1' });
    const first = await activateStore(service, { code: activation.code, protocolVersion: 1 });
    const { code } = await createActivationCode(service, store.storeId);

    const second = await activateStore(service, { code, protocolVersion: 1 });

    expect(await authenticate(service, `Bearer ${first.token}`)).toBeUndefined();
    expect(await authenticate(service, `Bearer ${second.token}`)).toBeDefined();
  });

  it.each([
    ['a newer one', 9, 'SERVICE_TOO_OLD'],
    ['an older one', 0, 'GATEWAY_TOO_OLD'],
  ])('names the side to upgrade when the gateway speaks %s (S42)', async (_, protocolVersion, expected) => {
    const service = createMemoryService();
    const { activation } = await registerStore(service, { name: 'store-1' });

    const attempt = activateStore(service, { code: activation.code, protocolVersion });

    await expect(attempt).rejects.toMatchObject({ code: expected });
    await expect(attempt).rejects.toThrow(
      `the gateway speaks version ${protocolVersion} of the gateway protocol, the service version 1`,
    );
  });
});

describe('a credential', () => {
  it('is kept without its secret', async () => {
    const service = createMemoryService();
    const { credential, apiKey } = await issueCredential(service, {
      role: 'viewer',
      description: 'dashboard',
    });

    const kept = await service.catalog.credentials.find(credential.credentialId);

    expect(JSON.stringify(kept)).not.toContain(apiKey.split('.')[1]);
  });

  it('no longer authenticates once it is revoked', async () => {
    const service = createMemoryService();
    const { credential, apiKey } = await issueCredential(service, {
      role: 'viewer',
      description: 'dashboard',
    });
    const { credentialId } = credential;
    const revoke = () => service.send('revokeCredential', { caller: admin, params: { credentialId } });

    const { statusCode } = await revoke();

    expect(statusCode).toBe(204);
    expect(await authenticate(service, `Bearer ${apiKey}`)).toBeUndefined();
    expect((await revoke()).statusCode).toBe(204);
  });
});

describe('requests that are not as the contract says', () => {
  it.each([
    ['an unknown field', { name: 'a', colour: 'red' }, 'colour'],
    ['a name that is a path', { name: '../etc' }, 'body.name'],
    ['a name of dots', { name: '..' }, 'body.name'],
    ['no body', undefined, 'body.name'],
  ])('with %s are refused with the place and the reason', async (_, body, place) => {
    const { send } = createMemoryService();

    const answer = await send('createStore', { caller: admin, body });

    expect(answer).toMatchObject({ statusCode: 400, body: { code: 'REQUEST_INVALID', retry: 'permanent' } });
    expect(JSON.stringify(answer.body?.['issues'])).toContain(place);
  });

  it('with a misspelt query parameter are refused, not answered for something else', async () => {
    const { send } = createMemoryService();

    const answer = await send('listMounts', { caller: admin, query: { storeID: 'x' } });

    expect(answer.body).toMatchObject({ code: 'REQUEST_INVALID' });
  });

  it('with a cursor of another list are refused', async () => {
    const { send } = createMemoryService();

    const answer = await send('listStores', { caller: admin, query: { cursor: 'nonsense' } });

    expect(answer.body).toMatchObject({ code: 'PAGE_CURSOR_INVALID', status: 400 });
  });

  it('for a store or mount name that is taken are refused', async () => {
    const { send } = createMemoryService();
    const store = await send('createStore', { caller: admin, body: { name: 'a' } });
    const storeId = store.body?.['storeId'];
    const mount = () => send('createMount', { caller: admin, body: { storeId, name: 'm', expire: 'never' } });

    expect((await send('createStore', { caller: admin, body: { name: 'a' } })).body).toMatchObject({
      code: 'STORE_NAME_TAKEN',
    });
    expect((await mount()).statusCode).toBe(201);
    expect((await mount()).body).toMatchObject({ code: 'MOUNT_NAME_TAKEN' });
  });

  it('with the idempotency key of another request are refused, with that of the same answered alike', async () => {
    const { send } = createMemoryService();
    const store = await send('createStore', { caller: admin, body: { name: 'a' } });
    const create = (name: string) =>
      send('createMount', {
        caller: admin,
        body: { storeId: store.body?.['storeId'], name, expire: 'never' },
        headers: { 'idempotency-key': 'monday' },
      });

    const [first, same, other] = [await create('m'), await create('m'), await create('n')];

    expect(same).toEqual(first);
    expect(other.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('for a mount with a malformed expire are refused with an example', async () => {
    const { send } = createMemoryService();
    const store = await send('createStore', { caller: admin, body: { name: 'a' } });

    const answer = await send('createMount', {
      caller: admin,
      body: { storeId: store.body?.['storeId'], name: 'm', expire: '2 months' },
    });

    expect(answer.body).toMatchObject({
      code: 'EXPIRE_INVALID',
      status: 400,
      hint: expect.stringContaining('#w #d #h #m'),
    });
  });
});
