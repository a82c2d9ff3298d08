import { describe, expect, it } from 'vitest';
import { toInstant } from '../../../shared/domain/instant.ts';
import { openUpload } from '../../../shared/usecases/uploads/open-upload.ts';
import { dbid, filesOfNight, nightLog } from '../../domain/recoverability/session.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  type LogFile,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';

const viewer = { credentialId: 'key-viewer', role: 'viewer' } as const;
const hour = 3_600_000;

async function arrange() {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const { mountId } = mount;
  let snapshots = 0;
  const commit = async ({
    requestedAt = service.clock.now(),
    files = { a: 'a' } as Readonly<Record<string, string>>,
    logs = [] as readonly LogFile[],
  } = {}) => {
    snapshots += 1;
    const snapshotId = `01J${String(snapshots).padStart(23, '0')}`;
    const upload = await openUpload(service, caller, { mountId, snapshotId, snapName: 'n', requestedAt });
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, files, logs));
    return runCommit(service, upload.uploadId);
  };
  const check = async (query: Record<string, string> = {}) => {
    const { statusCode, body } = await service.send('checkMountAge', {
      caller: viewer,
      params: { mountId },
      query,
    });
    return { statusCode, body: body as Record<string, unknown> };
  };
  return { service, mount, commit, check };
}

describe('the age of the newest backup of a mount', () => {
  it('is critical when there is none', async () => {
    const { check } = await arrange();

    expect(await check()).toEqual({ statusCode: 200, body: { status: 'CRITICAL' } });
  });

  it.each([
    [25 * hour, 'OK'],
    [26 * hour - 1, 'OK'],
    [26 * hour, 'WARNING'],
    [50 * hour - 1, 'WARNING'],
    [50 * hour, 'CRITICAL'],
  ])('of %i ms is by default %s: at its threshold an age has reached it', async (age, status) => {
    const { service, commit, check } = await arrange();
    await commit();
    service.clock.advance(age);

    expect((await check()).body.status).toBe(status);
  });

  it('goes by thresholds that are given, and names the point', async () => {
    const { service, commit, check } = await arrange();
    const { recoveryPointId, takenAt } = await commit();
    service.clock.advance(3 * hour);

    expect((await check({ warning: '4h', critical: '1d' })).body).toEqual({
      status: 'OK',
      latest: { recoveryPointId, at: takenAt, ageSeconds: 3 * 3600 },
    });
    expect((await check({ warning: '1h', critical: '2h 59m' })).body.status).toBe('CRITICAL');
  });

  it('cannot be made younger by a store whose clock is fast, nor older by one that was', async () => {
    const { service, commit, check } = await arrange();
    const fast = toInstant(Date.parse(service.clock.now()) + 240 * hour);
    await commit({ requestedAt: fast });
    service.clock.advance(30 * hour);

    expect((await check()).body).toMatchObject({ status: 'WARNING', latest: { ageSeconds: 30 * 3600 } });

    const { recoveryPointId } = await commit();
    expect((await check()).body).toMatchObject({ status: 'OK', latest: { recoveryPointId, ageSeconds: 0 } });
  });

  it.each([
    [{ warning: 'soon' }, 'warning is "soon"'],
    [{ critical: 'never' }, 'critical is "never"'],
    [{ warning: '3d', critical: '1d' }, 'warning (3d) is later than critical (1d)'],
  ])('is refused with thresholds %o', async (query, detail) => {
    const { check } = await arrange();

    expect(await check(query)).toMatchObject({
      statusCode: 400,
      body: { code: 'THRESHOLDS_INVALID', detail },
    });
  });
});

describe('the age of the newest backup of a database', () => {
  const night = { day: '2026-02-01' };
  const files = Object.fromEntries(filesOfNight(night).map((path) => [path, path.padEnd(1024)]));
  const logs: readonly LogFile[] = [
    {
      ...{ content: nightLog(night), fileName: 'n.log', mountpoint: '/mnt/ledger', platform: 'linux' },
      receivedAt: toInstant(0),
    },
  ];

  it('goes by the newest point that is not known to be useless for it', async () => {
    const { service, commit } = await arrange();
    const check = () =>
      service.send('checkDatabaseAge', {
        caller: viewer,
        params: { databaseId: dbid },
        query: { warning: '1h' },
      });
    const whole = await commit({ files, logs });
    service.clock.advance(2 * hour);
    const gone = await commit({ files: { notes: 'n' }, logs });
    const verdicts = [whole, gone].map(({ judgement }) => judgement?.databases[0]?.recoverable);
    const { recoveryPointId, takenAt } = whole;

    expect(verdicts).toEqual(['yes', 'no']);
    expect((await check()).body).toEqual({
      status: 'WARNING',
      latest: { recoveryPointId, at: takenAt, ageSeconds: 2 * 3600 },
    });
  });

  it('is asked for with a DBID that the service knows', async () => {
    const { service } = await arrange();

    expect(
      await service.send('checkDatabaseAge', { caller: viewer, params: { databaseId: '42' } }),
    ).toMatchObject({
      statusCode: 404,
      body: { code: 'DATABASE_NOT_FOUND' },
    });
  });
});
