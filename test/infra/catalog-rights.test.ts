import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAnnounceRecoveryPoint } from '../../functions/announce-recovery-point/handler.ts';
import { createArchivePacks } from '../../functions/archive-packs/handler.ts';
import { createAuditMount } from '../../functions/audit-mount/handler.ts';
import { createAuthorizer } from '../../functions/authorizer/handler.ts';
import { createBeginReclaim } from '../../functions/begin-reclaim/handler.ts';
import { createBuildFileMap } from '../../functions/build-file-map/handler.ts';
import { createDeleteObjects } from '../../functions/delete-objects/handler.ts';
import { createEndRestore } from '../../functions/end-restore/handler.ts';
import { createFindAudits } from '../../functions/find-audits/handler.ts';
import { createFindDeletions } from '../../functions/find-deletions/handler.ts';
import { createFollowRequest } from '../../functions/follow-request/handler.ts';
import { createHandOverRestore } from '../../functions/hand-over-restore/handler.ts';
import { createIssueCredential } from '../../functions/issue-credential/handler.ts';
import { createJudgeRecoverability } from '../../functions/judge-recoverability/handler.ts';
import { createLockObjects } from '../../functions/lock-objects/handler.ts';
import { createNoteObject } from '../../functions/note-object/handler.ts';
import { createReadLogs } from '../../functions/read-logs/handler.ts';
import { createRebuildCatalog } from '../../functions/rebuild-catalog/handler.ts';
import { createRecordRecoveryPoint } from '../../functions/record-recovery-point/handler.ts';
import { createRefuseCommit } from '../../functions/refuse-commit/handler.ts';
import { createStoreJournal } from '../../functions/store-journal/handler.ts';
import { createTakeLateLog } from '../../functions/take-late-log/handler.ts';
import { createVerifyManifest } from '../../functions/verify-manifest/handler.ts';
import { createVerifyObjects } from '../../functions/verify-objects/handler.ts';
import { createWatch } from '../../functions/watch/handler.ts';
import type { FunctionDescription } from '../../infra/function-description.ts';
import { functionTable } from '../../infra/function-table.ts';
import { createAwsCatalog } from '../../shared/adapters/aws/catalog.ts';
import type { RouteName } from '../../shared/contracts/routes.ts';
import type { Caller, Role } from '../../shared/domain/access.ts';
import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import { nextJournalEntry } from '../../shared/domain/journal.ts';
import type { Mount } from '../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { formatVaultKey, uploadPrefix } from '../../shared/domain/vault/keys.ts';
import { signOffReconciliation } from '../../shared/usecases/catalog-rebuild/sign-off.ts';
import { dynamoDbClient, type RunningCatalogs, runCatalogs } from '../adapters/support/running-catalog.ts';
import { type EventInput, lambdaContext } from '../support/http-event.ts';
import { createMemoryService } from '../support/memory-service.ts';
import { type MemoryService, packFiles, sendObject } from '../support/uploading.ts';
import { expireAndBringBack } from './expiring.ts';

// No DynamoDB on one machine knows rights, so a right that is missing would show in AWS only. Here every function does
// all that it can do, and what it asks of DynamoDB is compared with what its role allows: neither more nor less.

let catalogs: RunningCatalogs;
beforeAll(async () => {
  catalogs = await runCatalogs();
});
afterAll(() => catalogs.close());

interface Request {
  readonly IndexName?: string;
  readonly TransactItems?: readonly Readonly<Record<string, unknown>>[];
}

/** The actions that a request needs: a transaction those of its parts. */
function neededFor(command: string, { IndexName, TransactItems }: Request): string[] {
  if (TransactItems !== undefined) {
    return TransactItems.flatMap((item) =>
      Object.keys(item).map((kind) => (kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`)),
    );
  }
  const action = command.replace(/Command$/, '');
  return [IndexName === undefined ? action : `${action} ${IndexName}`];
}

it('every function may do in the catalog what it does, and nothing that it does not do', async () => {
  const tableName = await catalogs.makeTable();
  const used = new Map<string, Set<string>>();
  const catalogOf = (name: string) => {
    const client = dynamoDbClient(catalogs.endpoint);
    const actions = used.get(name) ?? new Set();
    used.set(name, actions);
    client.middlewareStack.add(
      (next, context) => (args) => {
        for (const action of neededFor(String(context.commandName), args.input as Request))
          actions.add(action);
        return next(args);
      },
      { step: 'initialize', priority: 'low' },
    );
    return createAwsCatalog({ client, tableName });
  };

  await doEverything(createMemoryService({ catalogOf }));

  const granted = Object.entries<FunctionDescription>(functionTable).map(([name, { catalog = {} }]) => {
    const queries = (catalog.indexes ?? []).map((index) => `Query ${index}`);
    return [name, [...(catalog.items ?? []), ...queries].sort()];
  });
  const needed = granted.map(([name]) => [name, [...(used.get(String(name)) ?? [])].sort()]);
  expect(Object.fromEntries(needed)).toEqual(Object.fromEntries(granted));
}, 120_000);

const packsOf = async ({ vault }: MemoryService, mountId: MountId, uploadId: UploadId) =>
  (await vault.listVersions({ prefix: `${uploadPrefix(mountId, uploadId)}packs/` })).versions;

/** Every pack is old and large to it. */
const archive = (
  { vault }: MemoryService,
  run: (create: (dependencies: never) => unknown, name: string, event: unknown) => Promise<never>,
  mountId: MountId,
) => {
  const listStorage: typeof vault.listStorage = async (request) => {
    const page = await vault.listStorage(request);
    const storedAt = '2000-01-01T00:00:00.000Z' as Instant;
    return { ...page, objects: page.objects.map((each) => ({ ...each, sizeBytes: 2 ** 30, storedAt })) };
  };
  const setting = { class: 'GLACIER', coldAfterDays: 30 } as const;
  const create = (dependencies: never) =>
    createArchivePacks({
      ...(dependencies as Parameters<typeof createArchivePacks>[0]),
      ...{ vault: { ...vault, listStorage }, archive: setting, maxUsd: 100, thawPollSeconds: 900 },
    });
  return run(create, 'archive-packs', { step: 'archive', mountId });
};

/** The undo window of a point is over: it is decided, deleted and audited. */
async function deletePoint(
  service: MemoryService,
  run: (create: (dependencies: never) => unknown, name: string, event: unknown) => Promise<never>,
  recoveryPointId: UploadId,
): Promise<void> {
  const { catalog, clock, of } = service;
  const point = await catalog.recoveryPoints.find(recoveryPointId);
  const { mountId } = point as RecoveryPoint;
  const mount = async () => (await catalog.mounts.find(mountId)) as Mount;
  const entryOf = ({ journal }: Mount, kind: string) =>
    nextJournalEntry(mountId, journal, { at: clock.now(), kind, data: {} });
  await archive(service, run, mountId);
  const before = await mount();
  const policy = { ...before, policy: { floor: 1 } };
  await catalog.mounts.change(before, policy, entryOf(before, 'mount-policy-changed'));
  const marked = await mount();
  const deletion = { markedAt: clock.now(), reclaimAfter: clock.now(), planSha256: '0'.repeat(64) };
  await catalog.recoveryPoints.markForDeletion(marked, recoveryPointId, {
    deletion: { ...deletion, because: { code: 'EXPIRED' } as never },
    ...{ expiries: [], unchanged: [], entry: entryOf(marked, 'recovery-point-pending') },
  });
  clock.advance(60_000);

  await run(createFindDeletions, 'find-deletions', {});
  await run(createFindDeletions, 'find-deletions', { next: { list: 'uploads' } });
  const begun: { outcome: string } = await run(createBeginReclaim, 'begin-reclaim', { recoveryPointId });
  expect(begun.outcome).toBe('reclaiming');
  await run(createDeleteObjects, 'delete-objects', { kind: 'point', id: recoveryPointId });
  await of('delete-objects').catalog.outbox.pending(mountId, 1);
  const day = (number: number) => clock.now().replace(/\d\dT.*/, `0${number}T00:00:00.000Z`);
  for (let number = 1; number <= 7; number++)
    await run(createFindAudits, 'find-audits', { scheduledAt: day(number) });
  const stray = `v1/mounts/${mountId}/uploads/${recoveryPointId}/packs/00000007-${'0'.repeat(64)}`;
  await service.vault.putOnce(stray, Buffer.from('stray'));
  // What a live point has lost is noted.
  const { headId = recoveryPointId } = await mount();
  const [lost] = await packsOf(service, mountId, headId);
  if (lost !== undefined) await service.vault.deleteVersions([lost]);
  const { orphansSha256: listSha256 }: { orphansSha256: string } = await run(
    createAuditMount,
    'audit-mount',
    {
      mountId,
    },
  );
  await run(createDeleteObjects, 'delete-objects', { kind: 'orphans', mountId, listSha256 });
  const closing = await catalog.uploads.listByState('closing', { limit: 10 });
  for (const { uploadId: id } of closing.items)
    await run(createDeleteObjects, 'delete-objects', { kind: 'upload', id });
}

/** What is read from answers; their types are the contracts' own affair. */
type Answer = Record<
  | 'storeId'
  | 'credentialId'
  | 'code'
  | 'token'
  | 'mountId'
  | 'uploadId'
  | 'fence'
  | 'restoreId'
  | 'requestId'
  | 'scheduleId',
  never
> & {
  readonly activation: { readonly code: string };
};

const minute = 60_000;
const ulid = (number: number) => `01J${String(number).padStart(23, '0')}`;
const progress = { filesDone: 1, filesTotal: 1, bytesDone: 10, bytesTotal: 10 };

/** The life of a store, with the turns that need rights of their own. */
async function doEverything(service: MemoryService): Promise<void> {
  const { send, of, clock } = service;
  const run = (create: (dependencies: never) => unknown, name: string, event: unknown) =>
    (create(of(name) as never) as (event: unknown, context: unknown) => Promise<never>)(event, lambdaContext);
  const as = (role: Role, storeId?: string): Caller =>
    ({ credentialId: `key-${ulid(1)}`, role, ...(storeId && { storeId }) }) as Caller;
  const call = async (name: RouteName, caller: Caller, input: Omit<EventInput, 'caller'> = {}) => {
    const { statusCode, body } = await send(name, { caller, ...input });
    if (statusCode === undefined || statusCode >= 400) throw new Error(`${name}: ${JSON.stringify(body)}`);
    return body as unknown as Answer;
  };
  const admin = as('admin');
  const operator = as('operator');
  const once = (key: string) => ({ headers: { 'idempotency-key': key } });
  const watch = () => run(createWatch, 'watch', {});

  // Credentials and the store.
  await run(createIssueCredential, 'issue-credential', { role: 'admin', description: 'first' });
  const { credentialId } = await call('createCredential', admin, {
    body: { role: 'viewer', description: 'v' },
  });
  await call('listCredentials', admin);
  await call('revokeCredential', admin, { params: { credentialId } });
  const gateway = { protocolVersion: 1, gatewayVersion: '1.0.0' };
  const { storeId, activation } = await call('createStore', admin, { body: { name: 'store' }, ...once('s') });
  await call('createStore', admin, { body: { name: 'store' }, ...once('s') });
  await call('activateStore', admin, { body: { code: activation.code, ...gateway } });
  const { code } = await call('createActivationCode', admin, { params: { storeId } });
  const { token } = await call('activateStore', admin, { body: { code, ...gateway } });
  await run(createAuthorizer, 'authorizer', { headers: { authorization: `Bearer ${token}` } });
  await call('listStores', admin);
  await call('showStore', admin, { params: { storeId } });

  // The mount.
  const store = { ...as('store', storeId), credentialId: String(token).split('.')[0] ?? '' };
  const mountBody = { storeId, name: 'mount', expire: '1w' };
  const { mountId } = await call('createMount', admin, { body: mountBody, ...once('m') });
  await call('createMount', admin, { body: mountBody, ...once('m') });
  await call('listMounts', admin);
  await call('listMounts', store);
  await call('showMount', store, { params: { mountId } });
  const capabilities = ['stage-restore', 'backup-request', 'mount-deletion', 'decommission', 'take-snapshot'];
  const poll = (report: object = { state: 'ready' }, said: object = {}) => {
    const body = { ...gateway, ...said, capabilities, mounts: [{ mountId, ...report }] };
    return call('pollStore', store, { params: { storeId }, body });
  };
  await poll();
  await call('changeMount', admin, { params: { mountId }, body: { expire: '2w' } });

  // Uploads: one that is refused and then committed, one that is given up, one past its deadline.
  const open = (number: number, request?: object) => {
    const snapName = `S_${number}`;
    const body = { snapshotId: ulid(number), snapName, requestedAt: clock.now(), request };
    return call('openUpload', store, { params: { mountId }, body });
  };
  const commit = async (number: number, request?: object) => {
    const { uploadId, fence } = await open(number, request);
    const upload = (await service.catalog.uploads.find(uploadId)) as never;
    const packed = await packFiles(service, upload, {
      'data.dbf': `content ${number}`,
      [`c-99-20260301-0${number}`]: 'an autobackup, by its name',
    });
    const [first] = packed.objects;
    await call('signUpload', store, { params: { uploadId }, body: { fence, objects: [first?.object] } });
    for (const { object, bytes } of packed.objects) await sendObject(service, store, upload, object, bytes);
    const { manifestSha256, manifestBytes } = packed;
    const ask = () =>
      call('commitUpload', store, { params: { uploadId }, body: { fence, manifestSha256, manifestBytes } });
    await ask();
    clock.advance(5 * minute);
    await watch();
    await run(createRefuseCommit, 'refuse-commit', { uploadId, attempt: 1, code: 'INTERNAL', message: 'm' });
    await ask();
    const attempt = { uploadId, attempt: 2 };
    const totals = await run(createVerifyManifest, 'verify-manifest', attempt);
    await run(createVerifyObjects, 'verify-objects', attempt);
    const lock = { mode: 'governance', days: 1 };
    await run((of) => createLockObjects({ ...(of as object), lock } as never), 'lock-objects', attempt);
    await run(createReadLogs, 'read-logs', attempt);
    const map = await run(createBuildFileMap, 'build-file-map', attempt);
    const judge = { ...attempt, number: 1 };
    const judging = await run(createJudgeRecoverability, 'judge-recoverability', judge);
    await run(createRecordRecoveryPoint, 'record-recovery-point', { ...attempt, totals, map, judging });
    // It failed behind its record: there is nothing to refuse.
    await run(createRefuseCommit, 'refuse-commit', { ...attempt, code: 'INTERNAL', message: 'm' });
    const [entry] = await service.catalog.outbox.pending(mountId, 1);
    // The watch does it when nobody else has.
    await (number === 1 ? run(createStoreJournal, 'store-journal', { mountId }) : watch());
    // Who comes second, because both ran at once, looks how far the mount is.
    if (entry !== undefined) await of('store-journal').catalog.outbox.markStored(entry);
    await run(createAnnounceRecoveryPoint, 'announce-recovery-point', { recoveryPointId: uploadId });
    await call('showUpload', store, { params: { uploadId } });
    return uploadId;
  };
  const recoveryPointId = await commit(1);
  await poll({ state: 'ready' }, { databases: [{ name: 'SALES', mountId, highestLevel: 1 }] });
  const follow = (requestId: string, step: object) =>
    run(
      (given) => createFollowRequest({ ...(given as object), pollSeconds: 30 } as never),
      'follow-request',
      {
        requestId,
        ...step,
      },
    );
  // A schedule: its request is aborted.
  const soon = new Date(Date.parse(clock.now()) + 2 * minute);
  const cron = `${soon.getUTCMinutes()} ${soon.getUTCHours()} * * *`;
  const nightly = { mountId, database: 'SALES', name: 'nightly', cron, timeZone: 'UTC', enabled: true };
  const { scheduleId } = await call('addSchedule', operator, { body: nightly, ...once('sch') });
  await call('addSchedule', operator, { body: nightly, ...once('sch') });
  clock.advance(2 * minute);
  await watch();
  await call('listSchedules', admin);
  const scheduled = await call('listSchedules', admin, { query: { storeId } });
  const [{ run: due }] = (scheduled as unknown as { items: [{ run: { requestId: string } }] }).items;
  await call('abortRequest', operator, { params: { requestId: due.requestId } });
  await call('changeSchedule', operator, { params: { scheduleId }, body: { expire: '5w' } });
  await call('listScheduleTimes', admin, { params: { scheduleId } });
  await call('removeSchedule', operator, { params: { scheduleId } });
  await poll();
  // Requests: one that becomes a point, one that is aborted, one whose upload is closed, one for which the store is silent.
  const request = (fields: object = {}) => {
    const body = { database: 'SALES', ...fields };
    return call('createRequest', operator, { params: { mountId }, body, ...once(JSON.stringify(body)) });
  };
  const handed = async (fields: object = {}) => {
    const { requestId } = await request(fields);
    await follow(requestId, { step: 'look-at-store' });
    service.workflows.addTask(requestId);
    await follow(requestId, { step: 'hand-over', taskToken: requestId });
    return { requestId, fence: 1 };
  };
  const backup = await handed();
  await request();
  await poll();
  const report = { fence: 1, progress: { percent: 1, files: [], fileCount: 0, bytesWritten: 0 } };
  await call('reportRequestProgress', store, { params: { requestId: backup.requestId }, body: report });
  await commit(2, backup);
  await call('reportRequestResult', store, {
    params: { requestId: backup.requestId },
    body: { fence: 1, outcome: 'completed' },
  });
  const { requestId: aborted } = await request({ order: { level: 1 } });
  await expect(
    call('createRequest', operator, { params: { mountId }, body: { database: 'SALES' } }),
  ).rejects.toThrow('BACKUP_REQUEST_RUNNING');
  await call('abortRequest', operator, { params: { requestId: aborted } });
  await poll();
  const closed = await handed({ name: 'closed' });
  await open(9, closed);
  await follow(closed.requestId, { step: 'end', reason: 'silent' });
  const windowEndsAt = new Date(Date.parse(clock.now()) + 60 * minute).toISOString();
  const { requestId: silent } = await request({ windowEndsAt });
  clock.advance(10 * minute);
  await follow(silent, { step: 'look-at-store' });
  await call('listRequests', admin);
  await call('listRequests', admin, { query: { storeId, database: 'SALES' } });
  await call('showRequest', admin, { params: { requestId: silent } });
  await call('getBackupProgress', admin, { params: { databaseId: `${storeId}.SALES` } });
  await call('listBackups', admin, { query: { instance_id: mountId } });
  const named = { name: 'another', instance: `${storeId}.SALES` };
  await expect(call('createBackup', operator, { body: named })).rejects.toThrow('BACKUP_REQUEST_RUNNING');
  await call('listAgentDatabases', admin, { params: { storeId } });
  const ofSales = { params: { mountId, database: 'SALES' } };
  await call('setStrategy', admin, { ...ofSales, body: { expire: '1w' } });
  await call('showStrategy', admin, ofSales);
  await call('listStrategies', admin, { params: { mountId } });
  await call('removeStrategy', admin, ofSales);
  await call('listDatabaseReports', admin);
  const given = await open(3);
  await call('abortUpload', store, { params: { uploadId: given.uploadId }, body: { reason: 'r' } });
  const late = formatVaultKey({
    kind: 'manifest',
    mountId,
    uploadId: given.uploadId,
    sha256: '0'.repeat(64),
  });
  await run(createNoteObject, 'note-object', { detail: { object: { key: late } } });
  await open(3);

  // A point that expires; one mount more has backups of its database.
  const { mountId: otherMountId } = await call('createMount', admin, {
    body: { ...mountBody, name: 'other' },
  });
  const turns = { service, run, call, admin, operator };
  await expireAndBringBack(turns, { mountId, otherMountId, recoveryPointId });

  // A log that comes after the commit.
  const content = Buffer.from('Starting backup at 1\nFinished backup at 2\n');
  const sha256 = createHash('sha256').update(content).digest('hex');
  const sizes = { storedBytes: content.length, rawBytes: content.length, codec: 'none' };
  const host = { mountpoint: '/mnt', platform: 'linux', fileName: 'late.log', receivedAt: clock.now() };
  const log = { sha256, ...sizes, ...host };
  const signed = await call('signLateLog', store, { params: { uploadId: recoveryPointId }, body: log });
  const { url, headers } = signed as unknown as { url: string; headers: Record<string, string> };
  await service.vault.send({ method: 'PUT', url, headers, body: Uint8Array.from(content) });
  const object = { key: (signed as unknown as { key: string }).key };
  await run(createTakeLateLog, 'take-late-log', { detail: { object } });

  // A mount whose catalog is older than its journal.
  const behind = await call('createMount', admin, { body: { ...mountBody, name: 'behind' } });
  await service.catalog.outbox.markDiverged(behind.mountId, { number: 2, at: clock.now() });
  const stray = { kind: 'recovery-point', mountId: behind.mountId, uploadId: service.ids.upload() } as const;
  await service.vault.putOnce(formatVaultKey(stray), Buffer.from('{}'));
  const rebuild = (mode: string) => run(createRebuildCatalog, 'rebuild-catalog', { mode, by: 'key' });
  await expect(rebuild('empty')).rejects.toThrow('stores or mounts');
  expect(await rebuild('replay')).toMatchObject({ rebuilt: 1, inStep: 2 });
  await signOffReconciliation(service, admin, behind.mountId);

  // Recovery points and restores: one that ends well after a second hand-over, one past its deadline,
  // one that is cancelled, one with damage.
  await call('listRecoveryPoints', admin, { query: { mountId } });
  await call('showRecoveryPoint', admin, { params: { recoveryPointId } });
  await call('listRecoveryPointFiles', admin, { params: { recoveryPointId } });
  await call('listPointDatabases', admin, { params: { recoveryPointId } });
  await call('listDatabases', admin);
  await call('listPointsOfDatabase', admin, { params: { databaseId: '99' } });
  await call('planRestore', operator, { body: { database: '99' } });
  const order = () =>
    call('createRestore', operator, { params: { recoveryPointId }, body: {}, ...once('r') });
  const { restoreId } = await order();
  await order();
  await call('listRestores', admin);
  await call('listRestores', admin, { query: { mountId } });
  await call('listClones', admin, { params: { mountId } });
  const ordered = await call('orderSnapshot', operator, { params: { mountId } });
  const { commandId } = ordered as unknown as { commandId: string };
  const frozen = { outcome: 'frozen', snapName: 'S_2' };
  await call('reportSnapshotOrder', store, { params: { mountId, commandId }, body: frozen });
  for (const taskToken of ['first', 'second']) {
    service.workflows.addTask(taskToken);
    await run(createHandOverRestore, 'hand-over-restore', { restoreId, taskToken });
  }
  await poll();
  const params = { restoreId };
  const key = formatVaultKey({
    kind: 'manifest',
    mountId,
    uploadId: recoveryPointId,
    sha256: '0'.repeat(64),
  });
  await call('signRestore', store, { params, body: { fence: 2, keys: [key] } });
  await call('reportRestoreProgress', store, { params, body: { fence: 2, progress } });
  await call('reportRestoreResult', store, { params, body: { fence: 2, outcome: 'completed', progress } });
  await call('showRestore', admin, { params });
  await run(createEndRestore, 'end-restore', { restoreId, end: { state: 'completed', progress } });
  const handedOver = async (taskToken: string) => {
    const { restoreId: id } = await call('createRestore', operator, {
      params: { recoveryPointId },
      body: {},
    });
    service.workflows.addTask(taskToken);
    await run(createHandOverRestore, 'hand-over-restore', { restoreId: id, taskToken });
    return id;
  };
  await handedOver('overdue');
  await call('cancelRestore', operator, { params: { restoreId: await handedOver('cancelled') } });
  const hit = await handedOver('damaged');
  const [pack] = await packsOf(service, mountId as MountId, recoveryPointId);
  const damage = {
    ...{ filesDamaged: 1, bytesDamaged: 10, files: [{ path: 'a', code: 'VAULT_OBJECT_MISSING' }] },
    ...{ objectsDamaged: 1, objects: [pack?.key ?? ''] },
  };
  const end = { state: 'completed-with-damage', progress };
  await call('reportRestoreResult', store, {
    params: { restoreId: hit },
    body: { fence: 1, outcome: end.state, progress, damage },
  });
  await run(createEndRestore, 'end-restore', { restoreId: hit, end });

  // An upload and a restore past their deadlines.
  clock.advance(60 * 24 * 60 * minute);
  await watch();
  const { items } = (await call('listAlerts', admin)) as unknown as { items: { alertId: string }[] };
  await call('showAlert', admin, { params: { alertId: items[0]?.alertId ?? '' } });

  await deletePoint(service, run, recoveryPointId);

  // The end of the mount and of the store.
  const mark = () => call('deleteMount', admin, { params: { mountId } });
  await mark();
  await call('unmarkMount', admin, { params: { mountId } });
  await mark();
  const deletion = (await service.catalog.mounts.find(mountId))?.deletion;
  await poll({ state: 'withdrawn', deleteFence: deletion?.fence });
  const decommission = () => call('decommissionStore', admin, { params: { storeId }, body: {} });
  await decommission();
  await call('recommissionStore', admin, { params: { storeId } });
  await decommission();
  await poll({ state: 'ready' }, { storeState: 'decommissioning', unfinishedWork: 0 });
  await poll({ state: 'ready' }, { storeState: 'decommissioned', unfinishedWork: 0 });
}
