import { describe, expect, it } from 'vitest';
import { noProgress } from '../../../shared/domain/backup-request.ts';
import type { Instant } from '../../../shared/domain/instant.ts';
import { abortRequest } from '../../../shared/usecases/requests/abort-request.ts';
import { lookAtStore } from '../../../shared/usecases/requests/look-at-store.ts';
import {
  reportRequestProgress,
  reportRequestResult,
} from '../../../shared/usecases/requests/report-request.ts';
import { watchRequests } from '../../../shared/usecases/requests/watch-requests.ts';
import { pollStore } from '../../../shared/usecases/stores/poll-store.ts';
import { openUpload } from '../../../shared/usecases/uploads/open-upload.ts';
import { arrangeAgent, operator } from '../../support/requesting.ts';
import { askCommit, openSnapshot, uploadFiles } from '../../support/uploading.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe('the first backup of a database', () => {
  it('is full, also when an incremental was asked for, and the answer says so', async () => {
    const { request } = await arrangeAgent();

    expect(await request({ order: { level: 1 } })).toMatchObject({
      ...{ state: 'planned', kind: 'manual', level: 0, askedLevel: 1, backupNumber: 1 },
      fullBecause: expect.stringContaining('has no backup yet'),
    });
  });

  it('carries its request and its expire to the recovery point, and the next builds on it', async () => {
    const { backUp, request, service } = await arrangeAgent();
    const first = await backUp({ name: 'before the upgrade', expire: '3w' });

    const next = await request({ order: { level: 1 } });

    expect(first).toMatchObject({ expire: '3w', request: { database: 'SALES', level: 0, backupNumber: 1 } });
    expect(next).toMatchObject({ level: 1, parentId: first.recoveryPointId });
    const shown = await service.send('showRecoveryPoint', {
      caller: operator,
      params: { recoveryPointId: first.recoveryPointId },
    });
    expect(shown.body).toMatchObject({ request: { name: 'before the upgrade', level: 0 } });
  });
});

describe('a request', () => {
  it('is refused where nobody would carry it out', async () => {
    const { request, service, mount } = await arrangeAgent();

    await expect(request({ database: 'CRM' })).rejects.toMatchObject({
      code: 'DATABASE_NOT_CONFIGURED',
      message: expect.stringContaining('it has SALES, HR there'),
    });
    await expect(request({ order: { level: 2 } })).rejects.toMatchObject({ code: 'LEVEL_UNSUPPORTED' });
    await expect(request({ expire: '1x' })).rejects.toMatchObject({ code: 'EXPIRE_INVALID' });
    const past = { windowEndsAt: service.clock.now() };
    await expect(request(past)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    const { storeId } = mount;
    service.clock.advance(1);
    const at = service.clock.now();
    await service.catalog.stores.noteSeen(storeId, { at, gatewayVersion: '1.0.0', capabilities: [] });
    await expect(request()).rejects.toMatchObject({ code: 'CAPABILITY_MISSING' });
  });

  it('of a database is one at a time; another database of the store goes on beside it', async () => {
    const { request } = await arrangeAgent();
    const { requestId } = await request();

    await expect(request()).rejects.toMatchObject({
      code: 'BACKUP_REQUEST_RUNNING',
      details: { requestId },
    });
    expect(await request({ database: 'HR' })).toMatchObject({ state: 'planned' });
  });

  it('of 100 at once for one parent is one', async () => {
    const { backUp, request, service, mount } = await arrangeAgent();
    const { recoveryPointId: parentId } = await backUp();

    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, () => request({ order: { parentId } })),
    );

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await service.catalog.requests.runningOf(mount.storeId)).toHaveLength(1);
  });

  it('names a parent that nobody else has: a child that failed or was aborted leaves it free', async () => {
    const { backUp, request, service, upload, handOver, commit } = await arrangeAgent();
    const { recoveryPointId: parentId } = await backUp();
    const aborted = await request({ order: { parentId } });
    await abortRequest(service, operator, aborted.requestId);

    const child = await commit(await upload(await handOver(await request({ order: { parentId } }))));

    expect(child.request).toMatchObject({ parentId, level: 1 });
    await expect(request({ order: { parentId } })).rejects.toMatchObject({
      code: 'PARENT_NOT_ELIGIBLE',
      message: expect.stringContaining(`it has a child, ${child.recoveryPointId}`),
    });
  });

  it('keeps its parent from being deleted while it runs', async () => {
    const { backUp, request, service } = await arrangeAgent();
    const { recoveryPointId } = await backUp();
    await backUp({ database: 'HR' });
    await backUp({ database: 'HR' });
    const { requestId } = await request({ order: { level: 1 } });

    expect(await service.catalog.recoveryPoints.pins(recoveryPointId)).toEqual([`request:${requestId}`]);
  });

  it('comes down to its store with the next poll, without the task token, until it has ended', async () => {
    const { service, mount, caller, request, handOver } = await arrangeAgent();
    const made = await request({ expire: '1w' });
    await handOver(made, 'token-1');
    const poll = () =>
      service.send('pollStore', {
        ...{ caller, params: { storeId: mount.storeId } },
        body: { protocolVersion: 1, gatewayVersion: '1.0.0', capabilities: ['backup-request'], mounts: [] },
      });

    const during = await poll();
    await abortRequest(service, operator, made.requestId);
    const after = await poll();

    expect(during.body).toMatchObject({
      pollAfterSeconds: 2,
      commands: [{ kind: 'make-backup', requestId: made.requestId, level: 0, fence: 1, expire: '1w' }],
    });
    expect(JSON.stringify(during)).not.toContain('token-1');
    expect(after.body).toMatchObject({ commands: [], pollAfterSeconds: 30 });
  });

  it('is completed by its recovery point alone, whatever the gateway says', async () => {
    const { service, caller, request, handOver, find, upload, commit } = await arrangeAgent();
    const made = await request();
    const handed = await handOver(made);
    const uploading = await upload(handed);
    const said = reportRequestResult(service, caller, { ...handed, outcome: 'completed' });
    await expect(said).rejects.toMatchObject({ code: 'BACKUP_REQUEST_STATE_CONFLICT' });
    expect(await find(made)).toMatchObject({ state: 'uploading' });

    const { recoveryPointId } = await commit(uploading);

    expect(await find(made)).toMatchObject({
      ...{ state: 'completed', uploadId: recoveryPointId, progress: { percent: 100 } },
    });
    const again = await reportRequestResult(service, caller, { ...handed, outcome: 'completed' });
    expect(again.state).toBe('completed');
  });

  it('shows what its gateway reports, while it runs and after', async () => {
    const { service, caller, request, handOver } = await arrangeAgent();
    const made = await request();
    const handed = await handOver(made, 'token-1');
    const progress = { percent: 40, files: ['SALES/a.bkp'], fileCount: 1, bytesWritten: 4096 };
    const warnings = ['instance SALES2 went down during the backup'];
    await reportRequestProgress(service, caller, { ...handed, progress, warnings });

    const failed = { ...handed, outcome: 'failed', code: 'HOOK_FAILED', reason: 'RMAN-03009' } as const;
    await reportRequestResult(service, caller, failed);

    const { body } = await service.send('showRequest', {
      caller: operator,
      params: { requestId: made.requestId },
    });
    expect(body).toMatchObject({ state: 'failed', progress, warnings, reason: 'HOOK_FAILED: RMAN-03009' });
    expect(service.workflows.calls).toContainEqual({ kind: 'heartbeat', taskToken: 'token-1' });
    expect(service.workflows.calls.at(-1)).toMatchObject({ kind: 'fail', taskToken: 'token-1' });
    const late = reportRequestProgress(service, caller, { ...handed, progress });
    await expect(late).rejects.toMatchObject({ details: { state: 'failed' } });
  });

  it('of another store is not there', async () => {
    const { service, request } = await arrangeAgent();
    const { requestId } = await request();
    const caller = { credentialId: 'other', role: 'store', storeId: service.ids.store() } as const;

    for (const name of ['showRequest', 'reportRequestProgress'] as const) {
      const body = name === 'showRequest' ? undefined : { fence: 1, progress: noProgress };
      const { body: answer } = await service.send(name, { caller, params: { requestId }, body });
      expect(answer).toMatchObject({ code: 'BACKUP_REQUEST_NOT_FOUND' });
    }
  });

  it('given again under its key is the first one', async () => {
    const { service, mount } = await arrangeAgent();
    const { mountId } = mount;
    const post = (database = 'SALES') =>
      service.send('createRequest', {
        ...{ caller: operator, params: { mountId }, headers: { 'idempotency-key': 'one' } },
        body: { database },
      });

    const [first, second, other] = [await post(), await post(), await post('HR')];

    expect(first.statusCode).toBe(202);
    expect(second.body).toEqual(first.body);
    expect(other.body).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });
});

describe('the deletion of a backup with children', () => {
  const chain = async () => {
    const arranged = await arrangeAgent();
    const { service, backUp } = arranged;
    const full = await backUp();
    const child = await backUp({ order: { parentId: full.recoveryPointId } });
    const grandchild = await backUp({ order: { parentId: child.recoveryPointId } });
    // The floor of the mount is two usable points.
    await backUp();
    await backUp();
    const ids = [full, child, grandchild].map(({ recoveryPointId }) => recoveryPointId);
    const remove = (recoveryPointId: string, query = {}) =>
      service.send('deleteRecoveryPoint', { caller: operator, params: { recoveryPointId }, query });
    const states = async () =>
      Promise.all(ids.map(async (id) => (await service.catalog.recoveryPoints.find(id))?.state));
    return { ...arranged, ids, remove, states };
  };

  it('is refused with their list', async () => {
    const { ids, remove, states } = await chain();

    const { statusCode, body } = await remove(ids[0] ?? '');

    expect(statusCode).toBe(409);
    expect(body).toMatchObject({
      code: 'RECOVERY_POINT_PROTECTED',
      detail: expect.stringContaining(ids[1] ?? ''),
    });
    expect(await states()).toEqual(['available', 'available', 'available']);
  });

  it('takes them all on request, and is possible without it from the end of the chain', async () => {
    const { ids, remove, states } = await chain();
    await remove(ids[2] ?? '');
    expect(await states()).toEqual(['available', 'available', 'pending-deletion']);

    const { body } = await remove(ids[0] ?? '', { cascade: 'true' });

    expect(body).toMatchObject({ recoveryPointId: ids[0], state: 'pending-deletion' });
    expect(await states()).toEqual(['pending-deletion', 'pending-deletion', 'pending-deletion']);
  });

  it('touches none of them when one is protected', async () => {
    const { ids, remove, states, service } = await chain();
    const target = { kind: 'point', recoveryPointId: ids[1] };
    const hold = { caller: operator, body: { target, reason: 'audit' } };
    expect((await service.send('placeHold', hold)).statusCode).toBe(201);

    const { body } = await remove(ids[0] ?? '', { cascade: 'true' });

    expect(body).toMatchObject({ code: 'RECOVERY_POINT_PROTECTED' });
    expect(await states()).toEqual(['available', 'available', 'available']);
  });
});

describe('the configuration of a mount', () => {
  it('stays as it is while a request runs: changes are refused by name', async () => {
    const { service, mount, request } = await arrangeAgent();
    const { requestId } = await request();
    const params = { mountId: mount.mountId };
    const admin = { ...operator, role: 'admin' } as const;

    const changed = await service.send('changeMount', { caller: admin, params, body: { expire: '2w' } });
    const deleted = await service.send('deleteMount', { caller: admin, params });
    await abortRequest(service, operator, requestId);
    const later = await service.send('changeMount', { caller: admin, params, body: { expire: '2w' } });

    expect(changed.body).toMatchObject({ code: 'MOUNT_BUSY', detail: expect.stringContaining(requestId) });
    expect(deleted.body).toMatchObject({ code: 'MOUNT_BUSY' });
    expect(later.statusCode).toBe(200);
  });
});

describe('an abort', () => {
  it('closes the upload of the snapshot, and none follows', async () => {
    const { service, mount, caller, request, handOver, upload, find } = await arrangeAgent();
    const made = await request();
    const handed = await handOver(made, 'token-1');
    const { opened } = await upload(handed);

    await abortRequest(service, operator, made.requestId);
    await abortRequest(service, operator, made.requestId);

    expect(await find(made)).toMatchObject({ state: 'aborted', reason: 'aborted by key-operator' });
    expect(await service.catalog.uploads.find(opened.uploadId)).toMatchObject({ state: 'closing' });
    expect((await service.catalog.mounts.find(mount.mountId))?.openUploadId).toBeUndefined();
    const { snapshotId, snapName, requestedAt, mountId } = opened;
    const again = openUpload(service, caller, {
      ...{ snapshotId, snapName, requestedAt, mountId },
      request: handed,
    });
    await expect(again).rejects.toMatchObject({
      ...{ code: 'BACKUP_REQUEST_STATE_CONFLICT', details: { state: 'aborted' } },
    });
    expect(service.workflows.calls.at(-1)).toMatchObject({ kind: 'succeed', taskToken: 'token-1' });
  });

  it('comes too late for a snapshot that is being committed, which then completes its request', async () => {
    const { service, caller, request, handOver, upload, finishCommit, find } = await arrangeAgent();
    const made = await request();
    const uploading = await upload(await handOver(made));
    await askCommit(service, caller, uploading.opened, uploading.uploaded);

    const aborted = abortRequest(service, operator, made.requestId);
    await expect(aborted).rejects.toMatchObject({ code: 'BACKUP_REQUEST_STATE_CONFLICT' });
    await finishCommit(uploading);

    expect(await find(made)).toMatchObject({ state: 'completed' });
  });
});

describe('an agent that is down', () => {
  const down = async (input = {}) => {
    const arranged = await arrangeAgent();
    const made = await arranged.request(input);
    arranged.service.clock.advance(2 * minute);
    const look = () => lookAtStore({ ...arranged.service, pollSeconds: 30 }, made.requestId);
    return { ...arranged, made, look };
  };

  it('fails a manual request at once with that reason', async () => {
    const { look, find, made } = await down();

    expect(await look()).toEqual({ next: 'end' });

    expect(await find(made)).toMatchObject({
      ...{ state: 'failed', reason: expect.stringMatching(/STORE_SILENT: the agent is down: .* since 20/) },
    });
  });

  it('makes a scheduled one wait, with its deadline shown, and fails it when the window has ended', async () => {
    const { service } = await arrangeAgent();
    const windowEndsAt = new Date(Date.parse(service.clock.now()) + 4 * hour).toISOString() as Instant;
    const { look, find, made, service: own, seen } = await down({ windowEndsAt });

    expect(await look()).toEqual({ next: 'wait', seconds: 30 });
    expect(await find(made)).toMatchObject({ state: 'waiting', deadline: windowEndsAt });
    await seen();
    expect(await look()).toEqual({ next: 'hand-over' });
    own.clock.advance(4 * hour);
    expect(await look()).toEqual({ next: 'end' });

    expect(await find(made)).toMatchObject({
      ...{ state: 'failed', reason: expect.stringContaining(`the window ended at ${windowEndsAt}`) },
    });
  });
});

describe('the watch', () => {
  it('ends what is past the deadline of its state, after three days', async () => {
    const { service, request, handOver, find } = await arrangeAgent();
    const made = await request();
    await handOver(made, 'token-1');
    service.clock.advance(3 * day - minute);
    expect(await watchRequests(service)).toEqual({ started: 0, ended: 0 });

    service.clock.advance(minute);
    expect(await watchRequests(service)).toEqual({ started: 0, ended: 1 });

    expect(await find(made)).toMatchObject({ state: 'failed', reason: expect.stringContaining('deadline') });
  });

  it('leaves an upload that takes longer to the deadline of the upload', async () => {
    const { service, request, handOver, upload, find } = await arrangeAgent();
    const made = await request();
    const { opened } = await upload(await handOver(made));
    service.clock.advance(4 * day);

    await watchRequests(service);

    expect(await find(made)).toMatchObject({ state: 'uploading', deadline: opened.deadline });
  });

  it('starts the workflow of a request that lost its starter', async () => {
    const { service, request } = await arrangeAgent();
    await request();
    service.clock.advance(3 * minute);

    expect(await watchRequests(service)).toEqual({ started: 1, ended: 0 });
  });
});

it('an upload without a request goes on beside requests', async () => {
  const { service, mount, caller, request, find } = await arrangeAgent();
  const made = await request();
  const upload = await openSnapshot(service, caller, mount);
  await uploadFiles(service, caller, upload);

  expect(upload.requestId).toBeUndefined();
  expect(await find(made)).toMatchObject({ state: 'planned' });
});

it('a poll notes which databases the agent is configured for', async () => {
  const { service, mount } = await arrangeAgent();
  const { storeId, mountId } = mount;
  const databases = [{ name: 'CRM', mountId, highestLevel: 1 }];
  service.clock.advance(1);

  await pollStore(service, {
    ...{ storeId, isJournalCurrent: true, idleSeconds: 30, protocolVersion: 1, gatewayVersion: '1.0.0' },
    ...{ capabilities: ['backup-request'], databases, mounts: [] },
  });

  const { body } = await service.send('listAgentDatabases', { caller: operator, params: { storeId } });
  expect(body).toEqual({ items: databases });
});
