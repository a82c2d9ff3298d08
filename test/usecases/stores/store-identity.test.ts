import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import { readAuthorization } from '../../../shared/domain/credential.ts';
import type { StoreId } from '../../../shared/domain/ids.ts';
import type { PollMark } from '../../../shared/domain/store.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import { createMount } from '../../../shared/usecases/mounts/create-mount.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import { askCommit, openSnapshot, runCommit, uploadFiles } from '../../support/uploading.ts';

const admin: Caller = { credentialId: 'key-admin', role: 'admin' };
const versions = { protocolVersion: 1, gatewayVersion: '1.0.0' };
const uuid = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const link = (pollNumber: number, id: number, afterId?: number): PollMark => ({
  bootId: uuid(900),
  pollNumber,
  pollId: uuid(id),
  ...(afterId !== undefined && { afterPollId: uuid(afterId) }),
});

/** Makes a recovery point of an open upload. */
async function commitFiles(service: Service, caller: Caller, upload: Upload): Promise<void> {
  await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));
  await runCommit(service, upload.uploadId);
}

type Answer = Readonly<Record<string, unknown>> & { readonly activation?: { readonly code: string } };
type Service = ReturnType<typeof createMemoryService>;

/** A store with a mount, and what an admin and its gateways do. */
async function startStore() {
  const service = createMemoryService();
  const call = async (name: Parameters<Service['send']>[0], input: Parameters<Service['send']>[1]) => {
    const { statusCode, body = {} } = await service.send(name, input);
    return { statusCode, ...body } as Answer;
  };
  const created = await call('createStore', { caller: admin, body: { name: 'store-1' } });
  const storeId = created.storeId as StoreId;
  const params = { storeId };
  const activate = async (code: string, fields: object = {}) => {
    const answer = await call('activateStore', { body: { code, ...versions, ...fields } });
    const { credentialId = 'none' } = readAuthorization(`Bearer ${answer.token}`) ?? {};
    return { answer, caller: { credentialId, role: 'store', storeId } satisfies Caller };
  };
  const { caller } = await activate(created.activation?.code ?? '');
  const mount = await createMount(service, { storeId, name: 'm', expire: '1w', maxPendingSnapshots: 3 });
  await service.catalog.mounts.markReady(mount.mountId);
  const poll = (from: Caller, mark?: PollMark) =>
    call('pollStore', {
      caller: from,
      params,
      body: {
        ...versions,
        capabilities: [],
        mounts: [{ mountId: mount.mountId, state: 'ready' }],
        link: mark,
      },
    });
  const show = () => call('showStore', { caller: admin, params });
  const makeCode = async (route: 'createActivationCode' | 'replaceStore') =>
    String((await call(route, { caller: admin, params })).code);
  return { service, call, storeId, caller, mount, activate, poll, show, makeCode };
}

describe('a store whose token two gateways use', () => {
  it('is forked from the poll on that does not follow: neither gets answers or uploads any more (S22)', async () => {
    const { service, call, caller, mount, poll, show } = await startStore();
    const upload = await openSnapshot(service, caller, mount);
    await poll(caller, link(1, 1));
    await poll(caller, link(2, 2, 1));

    const clone = await poll(caller, link(2, 3, 1));

    expect(clone).toMatchObject({ statusCode: 409, code: 'STORE_FORKED', retry: 'permanent' });
    expect(clone.hint).toContain('activation-codes');
    expect(await poll(caller, link(3, 4, 2))).toMatchObject({ statusCode: 409, code: 'STORE_FORKED' });
    expect(await show()).toMatchObject({
      forked: { detectedAt: service.clock.now(), reason: expect.stringContaining('does not follow poll 2') },
    });
    await expect(openSnapshot(service, caller, mount)).rejects.toMatchObject({ code: 'STORE_FORKED' });
    const log = {
      ...{ sha256: 'a'.repeat(64), storedBytes: 1, codec: 'none', rawBytes: 1, fileName: 'rman.log' },
      ...{ mountpoint: '/mnt', platform: 'linux', receivedAt: service.clock.now() },
    } as const;
    const { uploadId } = upload;
    const late = await call('signLateLog', { caller, params: { uploadId }, body: log });
    expect(late).toMatchObject({ statusCode: 409, code: 'STORE_FORKED' });
    await expect(uploadFiles(service, caller, upload)).rejects.toMatchObject({
      code: 'STORE_FORKED',
    });
    const result = { outcome: 'failed', fence: 1, code: 'RESTARTED', reason: 'the gateway was restarted' };
    const ofRequest = { caller, params: { requestId: 'bkr-01J00000000000000000000000' }, body: result };
    expect(await call('reportRequestResult', ofRequest)).toMatchObject({ code: 'STORE_FORKED' });
  });

  it('goes on with the gateway that activates with a new code; the other is told that it was replaced', async () => {
    const { service, call, caller, mount, poll, show, makeCode, activate } = await startStore();
    await poll(caller, link(1, 1));
    await poll(caller, link(1, 2));

    const chosen = await activate(await makeCode('createActivationCode'), { storeId: caller.storeId });

    expect(await poll(chosen.caller, link(1, 5))).toMatchObject({ statusCode: 200 });
    expect(await show()).not.toHaveProperty('forked');
    expect(await poll(caller, link(2, 3, 1))).toMatchObject({ statusCode: 403, code: 'STORE_REPLACED' });
    await expect(openSnapshot(service, caller, mount)).rejects.toMatchObject({ code: 'STORE_REPLACED' });
    expect(await call('describeToken', { body: { token: String(chosen.answer.token) } })).toMatchObject({
      status: 'in-force',
    });
  });

  it('is not seen in a repeat of the last poll, a late copy, or a poll without a link', async () => {
    const { caller, poll, show } = await startStore();

    expect(await poll(caller)).toMatchObject({ statusCode: 200 });
    expect(await poll(caller, link(1, 1))).toMatchObject({ statusCode: 200 });
    expect(await poll(caller, link(1, 1))).toMatchObject({ statusCode: 200 });
    expect(await poll(caller, link(2, 2, 1))).toMatchObject({ statusCode: 200 });
    expect(await poll(caller, link(1, 1))).toMatchObject({ statusCode: 409, code: 'POLL_OUTDATED' });
    expect(await poll(caller, link(3, 3, 2))).toMatchObject({ statusCode: 200 });

    expect(await show()).not.toHaveProperty('forked');
  });

  it('has one winner when both poll at once', async () => {
    const { caller, poll, show } = await startStore();
    await poll(caller, link(1, 1));

    const answers = await Promise.all([poll(caller, link(2, 2, 1)), poll(caller, link(2, 3, 1))]);

    expect(answers.map(({ statusCode }) => Number(statusCode)).toSorted()).toEqual([200, 409]);
    expect(await show()).toHaveProperty('forked');
  });
});

describe('names of snapshots', () => {
  it('are told where a journal may not know them, and only there', async () => {
    const { service, caller, mount, poll } = await startStore();
    const upload = await openSnapshot(service, caller, mount);
    await commitFiles(service, caller, upload);
    const named = { mounts: [{ lastSnapName: upload.snapName }] };

    expect(await poll(caller, link(1, 1))).toMatchObject(named);
    expect(await poll(caller, link(1, 1))).toMatchObject(named);
    expect(await poll(caller, link(2, 2, 1))).not.toMatchObject(named);
  });
});

describe('a replacement', () => {
  it('takes the line on at once: an upload of the old gateway is closed, a commit under way is not', async () => {
    const { service, caller, mount, makeCode, activate, show } = await startStore();
    const first = await openSnapshot(service, caller, mount);
    await commitFiles(service, caller, first);
    const abandoned = await openSnapshot(service, caller, mount);
    service.clock.advance(1000);

    const next = await activate(await makeCode('replaceStore'));

    expect((await service.catalog.uploads.find(abandoned.uploadId))?.state).toBe('open');
    const opened = await openSnapshot(service, next.caller, mount);
    expect(opened.parent?.uploadId).toBe(first.uploadId);
    expect(await service.catalog.uploads.find(abandoned.uploadId)).toMatchObject({
      state: 'closing',
      closeReason: 'the gateway that opened it was replaced',
    });
    await expect(uploadFiles(service, caller, abandoned)).rejects.toMatchObject({
      code: 'STORE_REPLACED',
    });
    expect(await show()).toMatchObject({ replacedAt: service.clock.now() });
  });

  it('waits for a commit of the old gateway', async () => {
    const { service, caller, mount, makeCode, activate } = await startStore();
    const committing = await openSnapshot(service, caller, mount);
    await service.catalog.uploads.beginCommit(committing.uploadId, committing.fence, {
      manifestSha256: 'a'.repeat(64),
      manifestBytes: 1,
      requestedAt: service.clock.now(),
      attempt: 1,
    });
    service.clock.advance(1000);

    const { caller: next } = await activate(await makeCode('replaceStore'));

    await expect(openSnapshot(service, next, mount)).rejects.toMatchObject({ code: 'UPLOAD_BUSY' });
  });

  it('has one winner when two machines use one code', async () => {
    const { activate, makeCode } = await startStore();
    const code = await makeCode('replaceStore');

    const answers = await Promise.all([activate(code), activate(code)]);

    expect(answers.map(({ answer }) => Number(answer.statusCode)).toSorted()).toEqual([200, 403]);
  });

  it('changes nothing until its code is used', async () => {
    const { caller, poll, makeCode } = await startStore();

    await makeCode('replaceStore');

    expect(await poll(caller, link(1, 1))).toMatchObject({ statusCode: 200 });
  });

  it('is refused for a store that never had a gateway', async () => {
    const { call } = await startStore();
    const { storeId } = await call('createStore', { caller: admin, body: { name: 'new' } });

    expect(await call('replaceStore', { caller: admin, params: { storeId: String(storeId) } })).toMatchObject(
      {
        statusCode: 409,
        code: 'STORE_NOT_ACTIVE',
      },
    );
  });
});

describe('an activation code in the wrong place', () => {
  it('is refused before it is used', async () => {
    const { activate, makeCode, caller, poll } = await startStore();
    const other = 'sto-01ARZ3NDEKTSV4RRFFQ69G5FAV';
    const [plain, replacement] = [await makeCode('createActivationCode'), await makeCode('replaceStore')];

    expect((await activate(plain, { storeId: other })).answer).toMatchObject({
      statusCode: 409,
      code: 'ACTIVATION_STORE_MISMATCH',
    });
    expect((await activate(replacement, { storeId: caller.storeId })).answer).toMatchObject({
      statusCode: 409,
      code: 'ACTIVATION_STORE_MISMATCH',
      hint: expect.stringContaining('empty data directory'),
    });

    expect(await poll(caller, link(1, 1))).toMatchObject({ statusCode: 200 });
    expect((await activate(plain, { storeId: caller.storeId })).answer).toMatchObject({ statusCode: 200 });
  });
});

describe('the status of a token', () => {
  it('is told to its holder only: replaced, revoked, in force', async () => {
    const { call, activate, makeCode, storeId } = await startStore();
    const first = await activate(await makeCode('createActivationCode'));
    const second = await activate(await makeCode('replaceStore'));
    const statusOf = (token: unknown) => call('describeToken', { body: { token: String(token) } });

    expect(await statusOf(first.answer.token)).toMatchObject({
      status: 'replaced',
      since: expect.any(String),
    });
    expect(await statusOf(second.answer.token)).toMatchObject({ status: 'in-force' });
    expect(await statusOf(`${String(first.answer.token)}x`)).toMatchObject({ status: 'unknown' });
    expect(await statusOf('nonsense')).toMatchObject({ status: 'unknown' });

    const { credentialId } = second.caller;
    await call('revokeCredential', { caller: admin, params: { credentialId } });
    expect(await statusOf(second.answer.token)).toMatchObject({ status: 'revoked' });
    expect(storeId).toBe(second.caller.storeId);
  });
});
