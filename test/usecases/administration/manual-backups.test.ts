import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import type { UploadId } from '../../../shared/domain/ids.ts';
import { addMillis, toInstant, toMillis } from '../../../shared/domain/instant.ts';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { beginReclaim } from '../../../shared/usecases/reclaim/begin-reclaim.ts';
import { carryOutReclaim } from '../../../shared/usecases/reclaim/carry-out-reclaim.ts';
import { dbid, filesOfNight, type Night, nightLog } from '../../domain/recoverability/session.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  type MemoryService,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';
import { arrangeAgent, completeWithPoint, reportOn } from './administration-seeding.ts';

const viewer: Caller = { credentialId: 'key-viewer', role: 'viewer' };
const operator: Caller = { credentialId: 'key-op', role: 'operator' };
const databaseId = dbid;
const day = 86_400_000;
const sunday: Night = { day: '2026-02-01' };
const monday: Night = {
  day: '2026-02-02',
  level: 1,
  before: [[1, 122]],
  after: [[1, 123]],
  typed: 'backup incremental level 1 database plus archivelog;',
};
const host = { mountpoint: '/mnt/ledger', platform: 'linux' as const, receivedAt: toInstant(0) };

/** A service whose upload ids carry the time of its clock, as ULIDs do. */
async function arrange() {
  const service = createMemoryService();
  Object.assign(service.ids, { upload: () => ulid(toMillis(service.clock.now())) });
  const { mount, caller } = await createStoreAndMount(service, '10d');
  const commit = async (paths: readonly string[], nights: readonly Night[]) => {
    service.clock.advance(day);
    const upload = await openSnapshot(service, caller, mount);
    const files = Object.fromEntries(paths.map((path) => [path, path.padEnd(1024)]));
    const logs = nights.map((night) => ({ ...host, content: nightLog(night), fileName: `${night.day}.log` }));
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, files, logs));
    return runCommit(service, upload.uploadId);
  };
  return { service, mount, commit };
}

type Row = Record<string, unknown>;
type Answer = { statusCode: number | undefined; body: Row & { items: Row[]; cursor?: string } };
const callTo =
  (service: MemoryService, caller: Caller) =>
  async (
    name: Parameters<MemoryService['send']>[0],
    params: Record<string, string> = {},
    more: object = {},
  ) =>
    (await service.send(name, { caller, params, ...more })) as unknown as Answer;

/** From the mark to the tombstone, whatever stands against it: as a retired mount or a damaged vault would leave it. */
async function forceAway({ catalog, vault, clock }: MemoryService, { mountId }: Mount, id: UploadId) {
  const mount = await catalog.mounts.find(mountId);
  if (mount === undefined) throw new Error('there is no mount');
  const markedAt = clock.now();
  const deletion = { markedAt, reclaimAfter: markedAt, planSha256: '0'.repeat(64), because: {} as never };
  const event = { at: markedAt, kind: 'recovery-point-pending', data: { recoveryPointId: id, deletion } };
  const entry = nextJournalEntry(mountId, mount.journal, event);
  await catalog.recoveryPoints.markForDeletion(mount, id, { deletion, expiries: [], unchanged: [], entry });
  clock.advance(3 * day);
  const decideAgain = async () => ({ keep: false, unchanged: [] }) as const;
  await beginReclaim({ catalog, vault, clock, decideAgain }, id);
  await carryOutReclaim({ catalog, vault, clock }, id);
}

describe('the manual-backup calls', () => {
  let service: MemoryService;
  let full: RecoveryPoint;
  let incremental: RecoveryPoint;
  let both: RecoveryPoint;
  const get = (name: Parameters<MemoryService['send']>[0], params = {}, more = {}) =>
    callTo(service, viewer)(name, params, more);
  // They read one line, and what changes it comes last.
  beforeAll(async () => {
    const arranged = await arrange();
    service = arranged.service;
    full = await arranged.commit(filesOfNight(sunday), [sunday]);
    incremental = await arranged.commit(filesOfNight(monday), [monday]);
    both = await arranged.commit([...filesOfNight(sunday), ...filesOfNight(monday)], []);
  });

  it('list databases with id, name and version, and the volume of the deployment', async () => {
    const listed = await get('getDatabases');
    const shown = await get('getDatabase', { databaseId });
    const volumes = await get('getVolumes', { databaseId });
    const missing = await get('getVolumes', { databaseId: '7' });

    expect(listed.body.items).toEqual([shown.body]);
    expect(shown.body).toMatchObject({ id: dbid, name: 'LEDGER', version: expect.stringMatching(/^19\./) });
    expect(volumes.body).toEqual({
      items: [{ id: 10_001, name: 'cloud_data_remote_volume', type: 'remote' }],
    });
    expect(missing).toMatchObject({
      statusCode: 404,
      body: { code: 'DATABASE_NOT_FOUND', hint: expect.stringContaining('/v1/databases') },
    });
  });

  it('are reported on with what can be restored, from the oldest point to how far the newest reaches', async () => {
    const { body } = await get('showDatabaseReport', { databaseId });

    expect(body.points).toMatchObject({ available: 3, oldestAt: full.takenAt, latestAt: both.takenAt });
    expect(body.recoveryWindow).toMatchObject({
      oldest: { recoveryPointId: full.recoveryPointId },
      newest: { recoveryPointId: full.recoveryPointId, through: [{ thread: 1, sequence: 121 }] },
    });
  });

  it('list backups newest first, with every field in its form', async () => {
    const { body } = await get('getBackups', { databaseId });

    const [, , row] = body.items;
    const bid = toMillis(full.takenAt);
    const path = `LEDGER/id_${bid}/level_0/node_0/backup_202602011200`;
    expect(body.items.map(({ recoveryPointId }) => recoveryPointId)).toEqual(
      [both, incremental, full].map(({ recoveryPointId }) => recoveryPointId),
    );
    expect(row).toEqual({
      bid,
      comment: '',
      dependencies: '-',
      expire: '2026-02-11 12:00',
      expire_alterable: `10001 LEDGER/id_${bid}/level_0`,
      expired: false,
      id: `10001 ${path} LEDGER`,
      last_item: false,
      level: 0,
      path,
      system: 'LEDGER',
      timestamp: '2026-02-01 12:00',
      ts: '202602011200',
      usable: true,
      usage: '0.000 GiB',
      volume: 'cloud_data_remote_volume',
      recoveryPointId: full.recoveryPointId,
    });
  });

  it('say of a level 1 without its level 0 that it is not usable alone, and which backup it needs', async () => {
    const { body } = await get('getBackup', { databaseId, backupId: incremental.recoveryPointId });

    expect(body).toMatchObject({
      level: 1,
      usable: false,
      dependencies: [toMillis(full.takenAt)],
      comment: expect.stringContaining('other backups have files that it lacks'),
    });
  });

  it('say where no log tells of a backup', async () => {
    const { body } = await get('getBackup', { databaseId, backupId: both.recoveryPointId });

    expect(body).toMatchObject({
      level: null,
      path: expect.stringContaining('/level_none/'),
    });
    expect(body.comment).toContain('no log of it tells of a backup of datafiles');
  });

  it('page through backups without skipping or repeating one', async () => {
    const ids: unknown[] = [];
    let query: Record<string, string> = { limit: '1' };
    for (let page = 0; page < 3; page++) {
      const { body } = await get('getBackups', { databaseId }, { query });
      ids.push(...body.items.map(({ bid }) => bid));
      query = { limit: '1', cursor: body.cursor ?? 'the end' };
    }

    expect(ids).toEqual([both, incremental, full].map(({ takenAt }) => toMillis(takenAt)));
    expect(query.cursor).toBe('the end');
    const wrong = await get('getBackups', { databaseId }, { query });
    expect(wrong).toMatchObject({ statusCode: 400, body: { code: 'PAGE_CURSOR_INVALID' } });
  });

  it('find a backup by its number as well, and none by that of another database', async () => {
    const backupId = String(toMillis(full.takenAt));

    const found = await get('getBackup', { databaseId, backupId });
    const missing = await get('getBackup', { databaseId, backupId: '1' });

    expect(found.body.recoveryPointId).toBe(full.recoveryPointId);
    expect(missing).toMatchObject({ statusCode: 404, body: { code: 'BACKUP_NOT_FOUND' } });
  });

  it('change an expiration by a length or a moment, and refuse what can be read in two ways', async () => {
    const change = (body: object) =>
      callTo(service, operator)(
        'changeBackupExpiration',
        { databaseId, backupId: full.recoveryPointId },
        { body },
      );

    const length = await change({ expire: '2w 1d 0h 30m' });
    const moment = await change({ expireTime: '2026-03-01 5:00:30' });
    const never = await change({ expireTime: '' });
    const ambiguous = await change({ expire: '6m' });
    const before = await change({ expireTime: '2025-01-01 00:00:00' });
    const nothing = await change({});

    expect(length.body.expire).toBe('2026-02-16 12:30');
    // Never earlier than was asked for.
    expect(moment.body.expire).toBe('2026-03-01 05:01');
    expect(never.body.expire).toBe('');
    expect(ambiguous).toMatchObject({
      statusCode: 400,
      body: { code: 'EXPIRE_INVALID', hint: expect.stringContaining('"0h 6m" for 6 minutes, or "180d"') },
    });
    expect(before.body.detail).toContain('is not after the backup');
    expect(nothing.body.detail).toContain('exactly one of expire and expireTime');
  });

  it('delete a backup as every point is deleted, with what protects it', async () => {
    const remove = (backupId: string) => callTo(service, operator)('removeBackup', { databaseId, backupId });

    const refused = await remove(both.recoveryPointId);
    const removed = await remove(incremental.recoveryPointId);
    const shown = await get('getBackup', { databaseId, backupId: incremental.recoveryPointId });

    expect(refused).toMatchObject({ statusCode: 409, body: { code: 'RECOVERY_POINT_PROTECTED' } });
    expect(removed).toMatchObject({
      statusCode: 202,
      body: { state: 'pending-deletion', reclaimAfter: addMillis(service.clock.now(), 7 * day) },
    });
    expect(shown.body.comment).toContain('waits for its deletion');
  });
});

describe('a backup that is started by the manual-backup calls', () => {
  async function arrangeCalls() {
    const { service, mount } = await arrangeAgent();
    const id = { databaseId: `${mount.storeId}.LEDGER` };
    const call = callTo(service, operator);
    const start = (body: object, params = id) => call('startBackup', params, { body });
    return { service, mount, call, start, id };
  }

  it('is known by its agent before there is a backup, and is followed to its end', async () => {
    const { service, call, start, id } = await arrangeCalls();

    const listed = await call('getDatabases');
    const none = await call('getBackups', id);
    const before = await call('getBackupProgress', id);
    const body = { backupVolumeId: 10_001, backupVolumeName: 'r0001', level: 1, expire: '1w' };
    const started = await start(body);
    const twice = await start(body);
    const requestId = String(started.body.requestId) as never;
    await reportOn(service, requestId, 5);
    const running = await call('getBackupProgress', id);
    const aborted = await call('abortBackup', id);
    const nothing = await call('abortBackup', id);

    expect(listed.body.items).toMatchObject([{ id: id.databaseId, name: 'LEDGER', version: '' }]);
    expect(none.body).toEqual({ items: [] });
    expect(before).toMatchObject({ statusCode: 404, body: { code: 'BACKUP_REQUEST_NOT_FOUND' } });
    expect(started).toMatchObject({
      statusCode: 202,
      body: { level: 0, notes: [expect.any(String)] },
    });
    expect(twice).toMatchObject({ statusCode: 409, body: { code: 'BACKUP_REQUEST_RUNNING' } });
    expect(running.body).toMatchObject({
      ...{ Comment: 'Backup is active', Files: ['df1'], Level: 0, Progress: 5, Type: 'Backup' },
      ...{ 'Volume ID': 10_001, Name: started.body.name },
    });
    expect(started.body.name).toMatch(/^LEDGER\/id_1\/level_0\/node_0\/backup_\d{12}$/);
    expect(aborted.body.Comment).toBe('Backup has been aborted: aborted by key-op');
    expect(nothing).toMatchObject({ statusCode: 404, body: { code: 'BACKUP_REQUEST_NOT_FOUND' } });
  });

  it('has in the list the name that it had while it was made', async () => {
    const { service, mount, call, start, id } = await arrangeCalls();
    const { body } = await start({ level: 0, expire: 'never' });
    await completeWithPoint(service, mount, String(body.requestId) as never);

    const listed = await call('getBackups', { databaseId });
    const ended = await call('getBackupProgress', { databaseId });
    const byAgent = await call('getDatabase', id);
    const next = await start({ level: 1, expire: '1w' }, { databaseId });

    expect(listed.body.items).toMatchObject([
      { bid: 1, level: 0, path: body.name, system: 'LEDGER', usable: true },
    ]);
    expect(ended.body).toMatchObject({
      ...{ Comment: 'Backup has been successfully finished', Progress: 100, Name: body.name },
    });
    expect(byAgent.body).toMatchObject({ id: dbid, name: 'ledger' });
    expect(next.body).toMatchObject({ level: 1, notes: [] });
  });

  it.each([
    ['without a level', { expire: '1w' }, 400, 'REQUEST_INVALID', 'body.level'],
    ['without an expire', { level: 0 }, 400, 'REQUEST_INVALID', 'body.expire'],
    ['at a level above 9', { level: 10, expire: '1w' }, 400, 'REQUEST_INVALID', 'body.level'],
    [
      'at a level that its agent does not make',
      { level: 5, expire: '1w' },
      400,
      'LEVEL_UNSUPPORTED',
      '0 to 1',
    ],
    ['until minutes or months', { level: 0, expire: '1m' }, 400, 'EXPIRE_INVALID', 'minutes or months'],
    ['in months first', { level: 0, expire: '1m 2w' }, 400, 'EXPIRE_INVALID', 'minutes or months'],
    [
      'to a volume that is not there, whatever its name',
      { level: 0, expire: '1w', backupVolumeId: 1, backupVolumeName: 'cloud_data_remote_volume' },
      404,
      'VOLUME_NOT_FOUND',
      'the id 1',
    ],
    [
      'to a volume of another name',
      { level: 0, expire: '1w', backupVolumeName: 'r0001' },
      404,
      'VOLUME_NOT_FOUND',
      'r0001',
    ],
  ])('is refused %s', async (_, body, statusCode, code, detail) => {
    const { start } = await arrangeCalls();

    const refused = await start(body);

    expect(refused).toMatchObject({
      statusCode,
      body: { code, detail: expect.stringContaining(detail), hint: expect.stringMatching(/\S/) },
    });
  });
});

describe('deleting unusable backups', () => {
  it('lets go what has lost its base for good, and neither more nor the last of a database', async () => {
    const { service, mount, commit } = await arrange();
    const base = await commit(filesOfNight(sunday), [sunday]);
    const orphan = await commit(filesOfNight(monday), [monday]);
    const ask = () => callTo(service, operator)('deleteUnusableBackups', { databaseId });
    const whileItsBaseIsThere = await ask();
    await forceAway(service, mount, base.recoveryPointId);
    const whileItIsTheLast = await ask();
    await commit(filesOfNight({ day: '2026-02-05' }), [{ day: '2026-02-05' }]);
    const admin: Caller = { credentialId: 'key-admin', role: 'admin' };
    await callTo(service, admin)('changePolicy', { mountId: mount.mountId }, { body: { floor: 1 } });

    const { statusCode, body } = await ask();
    const listed = await callTo(service, viewer)('getBackups', { databaseId });

    expect(whileItsBaseIsThere.body).toEqual({ deleted: [], kept: [] });
    expect(whileItIsTheLast.body).toMatchObject({
      deleted: [],
      kept: [{ recoveryPointId: orphan.recoveryPointId, why: expect.stringContaining('always stay') }],
    });
    expect(statusCode).toBe(202);
    expect(body).toMatchObject({ deleted: [{ recoveryPointId: orphan.recoveryPointId }], kept: [] });
    expect(listed.body.items.map(({ usable }) => usable)).toEqual([true, false]);
    expect((await service.catalog.recoveryPoints.find(orphan.recoveryPointId))?.state).toBe(
      'pending-deletion',
    );
  });
});
