import { describe, expect, it } from 'vitest';
import type { RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { abortUpload } from '../../shared/usecases/uploads/abort-upload.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../support/uploading.ts';
import { admin, call, days, operator } from '../usecases/retention/seeding.ts';
import { type BeforeTask, openWorkflows } from './support.ts';

/** A mount with two points, of which the first was deleted eight days ago, and an upload that was given up. */
async function arrange(beforeTask?: BeforeTask, archiveClass: 'none' | 'GLACIER' = 'none') {
  const opened = await openWorkflows(beforeTask, { archiveClass });
  const { service, local, machines } = opened;
  const { mount, caller } = await createStoreAndMount(service, '30d');
  const { mountId } = mount;
  await call(service, 'changePolicy', admin, { params: { mountId }, body: { floor: 1 } });
  const points: RecoveryPoint[] = [];
  for (const content of ['one', 'two']) {
    const upload = await openSnapshot(service, caller, mount);
    const uploaded = await uploadFiles(service, caller, upload, { 'data.dbf': content });
    await askCommit(service, caller, upload, uploaded);
    points.push(await runCommit(service, upload.uploadId));
  }
  const given = await openSnapshot(service, caller, mount);
  await uploadFiles(service, caller, given, { 'data.dbf': 'four' });
  await abortUpload(service, caller, { uploadId: given.uploadId, reason: 'for a test' });
  const [first] = points as [RecoveryPoint, RecoveryPoint];
  const params = { recoveryPointId: first.recoveryPointId };
  await call(service, 'deleteRecoveryPoint', operator, { params });
  service.clock.advance(8 * days);
  const run = async (name: 'reclaim' | 'audit') => {
    const scheduledAt = service.clock.now();
    return local.workflows.ended(await local.workflows.start(machines[name], { scheduledAt }));
  };
  const stateOf = async ({ recoveryPointId }: RecoveryPoint) =>
    (await service.catalog.recoveryPoints.find(recoveryPointId))?.state;
  const owners = async () => {
    const { versions } = await service.vault.listVersions({ prefix: `v1/mounts/${mountId}/uploads/` });
    return [...new Set(versions.map(({ key }) => key.split('/')[4]))];
  };
  return { service, local, mountId, points, first, given, run, stateOf, owners };
}

describe('the workflow reclaim', () => {
  it('deletes what has to go, of points and of uploads, and nothing else', async () => {
    const { local, first, points, given, run, stateOf, owners, service } = await arrange();
    await using _ = local;

    expect(await run('reclaim')).toMatchObject({ status: 'SUCCEEDED' });

    expect(await stateOf(first)).toBe('tombstone');
    expect(await owners()).toEqual(points.slice(1).map(({ recoveryPointId }) => recoveryPointId));
    expect((await service.catalog.uploads.find(given.uploadId))?.state).toBe('closed');
    service.clock.advance(3_600_000);
    expect(await run('reclaim')).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('does the rest when one of them fails, tells it in the end, and does that one next time', async () => {
    let isBroken = true;
    const beforeTask = (task: string) => {
      if (isBroken && task === 'BeginReclaimArn')
        throw Object.assign(new Error('no'), { name: 'UNFORESEEN' });
    };
    const { service, local, first, given, run, stateOf } = await arrange(beforeTask);
    await using _ = local;

    expect(await run('reclaim')).toMatchObject({ status: 'FAILED', error: 'DELETIONS_FAILED' });
    expect(await stateOf(first)).toBe('pending-deletion');
    expect((await service.catalog.uploads.find(given.uploadId))?.state).toBe('closed');
    isBroken = false;
    service.clock.advance(3_600_000);

    expect(await run('reclaim')).toMatchObject({ status: 'SUCCEEDED' });
    expect(await stateOf(first)).toBe('tombstone');
  });

  it('leaves a mount that stands still alone, and is no failure for it', async () => {
    const { service, local, mountId, first, run, stateOf, owners } = await arrange();
    await using _ = local;
    const before = await owners();
    const number = ((await service.catalog.mounts.find(mountId))?.journal.number ?? 0) + 1;
    await service.catalog.outbox.markDiverged(mountId, { number, at: service.clock.now() });

    expect(await run('reclaim')).toMatchObject({ status: 'SUCCEEDED' });

    expect(await stateOf(first)).toBe('pending-deletion');
    expect(await owners()).toEqual(before);
  });
});

describe('the workflow audit', () => {
  it('deletes what nothing needs any more, on the day of its mount', async () => {
    const { service, local, mountId, first, points, run, owners } = await arrange();
    await using _ = local;
    await run('reclaim');
    const stray = `v1/mounts/${mountId}/uploads/${first.recoveryPointId}/file-map-00000009.json.zst`;
    await service.vault.putOnce(stray, Buffer.from('stray'));

    for (let day = 0; day < 7; day++) {
      service.clock.advance(days);
      expect(await run('audit')).toMatchObject({ status: 'SUCCEEDED' });
    }

    expect(await owners()).toEqual(points.slice(1).map(({ recoveryPointId }) => recoveryPointId));
  });

  it('sees to old packs where the vault has an archive class, once for each mount and week', async () => {
    const archived: string[] = [];
    const { service, local, run } = await arrange((task) => {
      if (task === 'ArchivePacksArn') archived.push(task);
    }, 'GLACIER');
    await using _ = local;

    for (let day = 1; day <= 7; day++) {
      expect(await run('audit')).toMatchObject({ status: 'SUCCEEDED' });
      service.clock.advance(days);
    }

    expect(archived).toHaveLength(1);
  });
});
