import { describe, expect, it } from 'vitest';
import { toInstant } from '../../shared/domain/instant.ts';
import { ServiceError } from '../../shared/errors.ts';
import { showUpload } from '../../shared/usecases/uploads/show-upload.ts';
import { dbid, filesOfNight, nightLog } from '../domain/recoverability/session.ts';
import {
  askCommit,
  createStoreAndMount,
  listPoints,
  openSnapshot,
  packFiles,
  sendObject,
  uploadFiles,
} from '../support/uploading.ts';
import { type BeforeTask, openWorkflows } from './support.ts';

const night = { day: '2026-02-01' };

async function arrange(beforeTask?: BeforeTask) {
  const { service, local, machines } = await openWorkflows(beforeTask);
  const { mount, caller } = await createStoreAndMount(service);
  const upload = await openSnapshot(service, caller, mount);
  const input = { uploadId: upload.uploadId, attempt: 1 };
  const start = () => local.workflows.start(machines.commit, input);
  return { service, local, mount, caller, upload, start };
}

const logs = [
  {
    ...{ content: nightLog(night), fileName: 'n.log', mountpoint: '/mnt/ledger' },
    ...{ platform: 'linux' as const, receivedAt: toInstant(0) },
  },
];
const nightFiles = Object.fromEntries(filesOfNight(night).map((path) => [path, path.padEnd(1024)]));

const throttled = () =>
  Object.assign(new Error('Rate exceeded'), { name: 'Lambda.TooManyRequestsException' });

describe('commit-upload', () => {
  it('makes a recovery point, journals it and announces it', async () => {
    const { service, local, mount, caller, upload, start } = await arrange();
    await using _ = local;
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));

    const execution = await local.workflows.ended(await start());

    expect(execution.status).toBe('SUCCEEDED');
    expect((await listPoints(service, mount.mountId)).items).toHaveLength(1);
    expect((await showUpload(service, caller, upload.uploadId)).state).toBe('committed');
    expect(service.events.published).toMatchObject([
      { type: 'Recovery Point Created', recoveryPoint: { recoveryPointId: upload.uploadId, seq: 1 } },
    ]);
  });

  it('gets over faults of Lambda and of ours at every step', async () => {
    const failedOnce = new Set<string>();
    const { service, local, mount, caller, upload, start } = await arrange((task) => {
      if (failedOnce.has(task)) return;
      failedOnce.add(task);
      throw task.length % 2 === 0 ? throttled() : new ServiceError('INTERNAL', 'the table is throttled');
    });
    await using _ = local;
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, nightFiles, logs));

    const executionArn = await start();
    while ((await local.workflows.describe(executionArn)).status === 'RUNNING') {
      local.time.advance(60);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }

    expect((await local.workflows.describe(executionArn)).status).toBe('SUCCEEDED');
    expect(failedOnce.size).toBe(8);
    expect((await listPoints(service, mount.mountId)).items).toHaveLength(1);
    expect((await showUpload(service, caller, upload.uploadId)).state).toBe('committed');
  });

  it.each([
    { sent: logs, reads: 1 },
    { sent: [], reads: 0 },
  ])('starts $reads tasks to read $sent.length logs', async ({ sent, reads }) => {
    const begun: string[] = [];
    const { service, local, mount, caller, upload, start } = await arrange((task) => void begun.push(task));
    await using _ = local;
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, nightFiles, sent));

    const execution = await local.workflows.ended(await start());

    expect(execution.status).toBe('SUCCEEDED');
    expect(begun.filter((task) => task === 'ReadLogsArn')).toHaveLength(reads);
    expect((await listPoints(service, mount.mountId)).items).toMatchObject([
      { state: 'available', fileMap: { state: 'stored' } },
    ]);
  });

  it('makes the point without a file map, and says so, when its logs cannot be read at all', async () => {
    const { service, local, mount, caller, upload, start } = await arrange((task) => {
      if (task === 'ReadLogsArn')
        throw Object.assign(new Error('out of memory'), { name: 'Runtime.ExitError' });
      if (task === 'BuildFileMapArn') throw new ServiceError('VAULT_OBJECT_DAMAGED', 'x'.repeat(5000));
    });
    await using _ = local;
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, nightFiles, logs));

    const execution = await local.workflows.ended(await start());

    expect(execution.status).toBe('SUCCEEDED');
    expect((await listPoints(service, mount.mountId)).items).toMatchObject([
      {
        state: 'available',
        fileMap: { state: 'failed', reason: expect.stringMatching(/^VAULT_OBJECT_DAMAGED: x{200}$/) },
        warnings: [{ code: 'FILE_MAP_FAILED' }],
      },
    ]);
  });

  it('makes the point without a judgement, and says so, when it cannot be judged', async () => {
    const { service, local, mount, caller, upload, start } = await arrange((task) => {
      if (task === 'JudgeRecoverabilityArn')
        throw Object.assign(new Error('x'.repeat(5000)), { name: 'Runtime.OutOfMemory' });
    });
    await using _ = local;
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));

    const execution = await local.workflows.ended(await start());

    expect(execution.status).toBe('SUCCEEDED');
    const [point] = (await listPoints(service, mount.mountId)).items;
    expect(point).toMatchObject({
      state: 'available',
      fileMap: { state: 'stored' },
      warnings: [
        { code: 'JUDGEMENT_FAILED', text: expect.stringContaining('unknown: Runtime.OutOfMemory: x') },
      ],
    });
    expect(point?.judgement).toBeUndefined();
  });

  it('opens the upload again with the reason when verification fails', async () => {
    const { service, local, mount, caller, upload, start } = await arrange();
    await using _ = local;
    const { objects, ...named } = await packFiles(service, upload, { 'a.dbf': 'a' });
    const manifest = objects.at(-1);
    if (manifest === undefined) throw new Error('nothing was packed');
    await sendObject(service, caller, upload, manifest.object, manifest.bytes);
    await askCommit(service, caller, upload, named);

    const execution = await local.workflows.ended(await start());

    expect(execution).toMatchObject({ status: 'FAILED', error: 'COMMIT_OBJECT_MISSING' });
    expect(await showUpload(service, caller, upload.uploadId)).toMatchObject({
      state: 'open',
      refusal: { code: 'COMMIT_OBJECT_MISSING', message: expect.stringContaining('/maps/') },
    });
    expect((await listPoints(service, mount.mountId)).items).toEqual([]);
  });

  it('keeps the point when only what follows its record fails', async () => {
    const { service, local, mount, caller, upload, start } = await arrange((task) => {
      if (task === 'StoreJournalArn') throw new ServiceError('JOURNAL_FORKED', 'another entry');
    });
    await using _ = local;
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));

    const execution = await local.workflows.ended(await start());

    expect(execution).toMatchObject({ status: 'FAILED', error: 'JOURNAL_FORKED' });
    expect((await listPoints(service, mount.mountId)).items).toHaveLength(1);
    // Not acknowledged: the gateway keeps its snapshot.
    expect((await showUpload(service, caller, upload.uploadId)).state).toBe('committing');
  });

  it('finishes the record of a point whose databases could not be noted for a quarter of an hour', async () => {
    const { service, local, mount, caller, upload, start } = await arrange();
    await using _ = local;
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, nightFiles, logs));
    const { databases } = service.catalog;
    const { note } = databases;
    let failures = 12;
    const failing: typeof note = async (...given) => {
      if (failures-- > 0) throw new ServiceError('INTERNAL', 'the table is throttled');
      return note(...given);
    };
    Object.assign(databases, { note: failing });

    const executionArn = await start();
    while ((await local.workflows.describe(executionArn)).status === 'RUNNING') {
      // A task may take 60 s of this time: on a busy machine it must not be over before the task is.
      local.time.advance(4);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }

    expect((await local.workflows.describe(executionArn)).status).toBe('SUCCEEDED');
    expect((await listPoints(service, mount.mountId)).items).toHaveLength(1);
    expect((await databases.points(dbid, { limit: 10 })).items).toHaveLength(1);
    expect((await showUpload(service, caller, upload.uploadId)).state).toBe('committed');
    expect(service.events.published).toHaveLength(1);
  });

  it('ends in one point when it is started twice and cut off in the middle (S41)', async () => {
    let isCutOff = false;
    const { service, local, mount, caller, upload, start } = await arrange((task) => {
      if (task !== 'RecordRecoveryPointArn' || isCutOff) return;
      isCutOff = true;
      throw throttled();
    });
    await using _ = local;
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload));

    const executions = [await start(), await start()];
    await local.workflows.reached(executions[0] ?? '', 'TaskFailed').catch(() => {});
    await local.restart();
    for (const executionArn of executions) {
      while ((await local.workflows.describe(executionArn)).status === 'RUNNING') {
        local.time.advance(60);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }

    expect((await listPoints(service, mount.mountId)).items).toHaveLength(1);
    expect((await service.catalog.mounts.find(mount.mountId))?.seq).toBe(1);
    expect((await showUpload(service, caller, upload.uploadId)).state).toBe('committed');
  });
});
