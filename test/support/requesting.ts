import type { Caller } from '../../shared/domain/access.ts';
import type { BackupRequest } from '../../shared/domain/backup-request.ts';
import { announceRecoveryPoint } from '../../shared/usecases/commit/announce-recovery-point.ts';
import { handOverRequest } from '../../shared/usecases/requests/hand-over-request.ts';
import { type RequestInput, requestBackup } from '../../shared/usecases/requests/request-backup.ts';
import { openUpload } from '../../shared/usecases/uploads/open-upload.ts';
import { createMemoryService } from './memory-service.ts';
import { askCommit, createStoreAndMount, type MemoryService, runCommit, uploadFiles } from './uploading.ts';

export const operator: Caller = { credentialId: 'key-operator', role: 'operator' };

/** A store whose agent backs up the databases SALES and HR to one mount. */
export async function arrangeAgent(service: MemoryService = createMemoryService()) {
  const { mount, caller } = await createStoreAndMount(service);
  const { mountId, storeId } = mount;
  const seen = () =>
    service.catalog.stores.noteSeen(storeId, {
      at: service.clock.now(),
      ...{ gatewayVersion: '1.0.0', capabilities: ['backup-request'] },
    });
  await seen();
  const databases = ['SALES', 'HR'].map((name) => ({ name, mountId, highestLevel: 1 }));
  await service.catalog.agents.note(storeId, databases, service.clock.now());

  const request = (input: Partial<RequestInput> = {}) =>
    requestBackup(service, operator, { mountId, database: 'SALES', ...input });
  const handOver = async ({ requestId }: Pick<BackupRequest, 'requestId'>, taskToken = `of ${requestId}`) => {
    service.workflows.addTask(taskToken);
    const { fence } = await handOverRequest(service, { requestId, taskToken });
    return { requestId, fence };
  };
  const find = async ({ requestId }: Pick<BackupRequest, 'requestId'>) => {
    const found = await service.catalog.requests.find(requestId);
    if (found === undefined) throw new Error(`there is no request ${requestId}`);
    return found;
  };
  let snapshots = 0;
  /** The snapshot of a request that was handed over goes up; not committed yet. */
  const upload = async (handed: Awaited<ReturnType<typeof handOver>>) => {
    const number = ++snapshots;
    const opened = await openUpload(service, caller, {
      ...{ mountId, snapshotId: `01K${String(number).padStart(23, '0')}`, snapName: `UID_${number}` },
      requestedAt: service.clock.now(),
      request: handed,
    });
    const files = { [`piece-${number}.bkp`]: `the content of ${number}` };
    return { opened, uploaded: await uploadFiles(service, caller, opened, files) };
  };
  const commit = async (uploading: Awaited<ReturnType<typeof upload>>) => {
    await askCommit(service, caller, uploading.opened, uploading.uploaded);
    return finishCommit(uploading);
  };
  /** The workflow of a commit that was asked for. */
  const finishCommit = async ({ opened }: Awaited<ReturnType<typeof upload>>) => {
    const point = await runCommit(service, opened.uploadId);
    await announceRecoveryPoint(service, point.recoveryPointId);
    return point;
  };
  /** A whole backup, from the request to the recovery point. */
  const backUp = async (input: Partial<RequestInput> = {}) =>
    commit(await upload(await handOver(await request(input))));
  return { service, mount, caller, seen, request, handOver, find, upload, commit, finishCommit, backUp };
}
