import type { Caller } from '../../shared/domain/access.ts';
import type { Mount } from '../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import type { Restore } from '../../shared/domain/restore.ts';
import { createMount } from '../../shared/usecases/mounts/create-mount.ts';
import { handOverRestore } from '../../shared/usecases/restores/hand-over-restore.ts';
import { activateStore } from '../../shared/usecases/stores/activate-store.ts';
import { pollStore } from '../../shared/usecases/stores/poll-store.ts';
import { registerStore } from '../../shared/usecases/stores/register-store.ts';
import { createMemoryService } from './memory-service.ts';
import { askCommit, type MemoryService, openSnapshot, runCommit, uploadFiles } from './uploading.ts';

export const operator: Caller = { credentialId: 'key-operator', role: 'operator' };
export const admin: Caller = { credentialId: 'key-admin', role: 'admin' };
export const progress = { filesDone: 1, filesTotal: 1, bytesDone: 10, bytesTotal: 10 };

interface ReportedStore {
  readonly capabilities?: readonly string[];
  readonly freeBytes?: number;
}
interface Work {
  readonly storeState?: 'decommissioning';
  readonly unfinishedWork?: number;
}

const everything = [
  'stage-restore',
  'restore-options',
  'restore-targets',
  'staged-leases',
  'clones',
  'take-snapshot',
  'mount-deletion',
  'decommission',
];

/** Two stores with a mount each, as their gateways report them; the mount of the first has two points. */
export async function arrangeTargets(reported: ReportedStore = {}) {
  const service = createMemoryService();
  const source = await addStore(service, 'source');
  const target = await addStore(service, 'target', reported);
  const point = await commit(service, source, 'one');
  const younger = await commit(service, source, 'two');
  const handOver = ({ restoreId }: Restore) => {
    service.workflows.addTask(`token of ${restoreId}`);
    return handOverRestore(service, { restoreId, taskToken: `token of ${restoreId}` });
  };
  const send = ({ caller, storeId, capabilities }: TestStore) =>
    service.send('pollStore', {
      caller,
      params: { storeId },
      body: { protocolVersion: 1, gatewayVersion: '1.0.0', capabilities, mounts: [] },
    });
  const keysOf = async ({ mountId, recoveryPointId }: RecoveryPoint) => {
    const prefix = `v1/mounts/${mountId}/uploads/${recoveryPointId}/`;
    return (await service.vault.listVersions({ prefix })).versions.map(({ key }) => key);
  };
  return { service, source, target, point, younger, handOver, send, keysOf };
}

type TestStore = Awaited<ReturnType<typeof addStore>>;

async function addStore(
  service: MemoryService,
  name: string,
  { capabilities = everything, freeBytes = 10 ** 9 }: ReportedStore = {},
) {
  const { store, activation } = await registerStore(service, { name });
  const { storeId } = store;
  const { token } = await activateStore(service, {
    ...{ code: activation.code, protocolVersion: 1, gatewayVersion: '1.0.0' },
  });
  const credentialId = token.split('.')[0] ?? '';
  const caller: Caller = { credentialId, role: 'store', storeId };
  const mount = await createMount(service, { storeId, name: 'ledger', expire: '1w', maxPendingSnapshots: 3 });
  const poll = (work: Work = {}) =>
    pollStore(service, {
      ...{ storeId, isJournalCurrent: true, idleSeconds: 30, protocolVersion: 1, gatewayVersion: '1.0.0' },
      capabilities,
      mounts: [
        {
          ...{ mountId: mount.mountId, state: 'ready', freeBytes, totalBytes: 10 ** 9 },
          exportPath: '/exports/ledger',
        },
      ],
      ...work,
    });
  await poll();
  return { storeId, mount, caller, capabilities, poll };
}

export async function commit(
  service: MemoryService,
  { caller, mount }: { readonly caller: Caller; readonly mount: Mount },
  content: string,
): Promise<RecoveryPoint> {
  const upload = await openSnapshot(service, caller, mount);
  const files = { 'data.dbf': content.repeat(100), [`${content}.dbf`]: 'more' };
  await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, files));
  return runCommit(service, upload.uploadId);
}
