import type { Caller } from '../../shared/domain/access.ts';
import type { MountId, RestoreId, StoreId, UploadId } from '../../shared/domain/ids.ts';
import { ServiceError } from '../../shared/errors.ts';
import { requestCommit } from '../../shared/usecases/commit/request-commit.ts';
import { signLateLog } from '../../shared/usecases/databases/sign-late-log.ts';
import { orderRestore } from '../../shared/usecases/restores/order-restore.ts';
import { reportRestoreProgress, reportRestoreResult } from '../../shared/usecases/restores/report-restore.ts';
import { abortUpload } from '../../shared/usecases/uploads/abort-upload.ts';
import { openUpload } from '../../shared/usecases/uploads/open-upload.ts';
import { showUpload } from '../../shared/usecases/uploads/show-upload.ts';
import { signUpload } from '../../shared/usecases/uploads/sign-upload.ts';
import { rmanLog } from './oracle-day.ts';
import { logRow } from './snapshot-content.ts';
import type { TaskPorts } from './task-ports.ts';
import type { World } from './world.ts';

/** What another store has, as it might have been guessed. */
interface Prey {
  readonly mountId: MountId;
  readonly uploadId: UploadId | undefined;
  readonly fence: number;
  readonly restoreId: RestoreId | undefined;
}

const sha256 = '5'.repeat(64);
const progress = { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 };

/** Everything that a gateway can ask for, of what is not its own. */
function attempts(world: World, ports: TaskPorts, caller: Caller, prey: Prey): (() => Promise<unknown>)[] {
  const { mountId, uploadId, fence, restoreId } = prey;
  const now = world.storeTime(0);
  const snapshot = { snapshotId: world.ids.upload(), snapName: 'UID_1', requestedAt: now };
  const object = { kind: 'pack', number: 1, sha256, sizeBytes: 1 } as const;
  const ofUpload =
    uploadId === undefined
      ? []
      : [
          () => showUpload(ports, caller, uploadId),
          () => signUpload(ports, caller, { uploadId, fence, objects: [object] }),
          () => requestCommit(ports, caller, { uploadId, fence, manifestSha256: sha256, manifestBytes: 1 }),
          () => abortUpload(ports, caller, { uploadId, reason: 'it is not mine' }),
          () => signLateLog(ports, caller, { uploadId, log: logRow(rmanLog('a', world.random), now) }),
          () => orderRestore(ports, caller, { recoveryPointId: uploadId }),
        ];
  const ofRestore =
    restoreId === undefined
      ? []
      : [
          () => reportRestoreProgress(ports, caller, { restoreId, fence, progress }),
          () =>
            reportRestoreResult(ports, caller, {
              restoreId,
              fence,
              outcome: 'failed',
              code: 'X',
              reason: 'no',
            }),
        ];
  return [() => openUpload(ports, caller, { mountId, ...snapshot }), ...ofUpload, ...ofRestore];
}

/** I9: a gateway asks for what is another store's, and is told each time that there is no such thing. */
export async function trespass(world: World, strangers: readonly StoreId[]): Promise<void> {
  const { random, scheduler, truth, state } = world;
  const mount = random.pick([...state.mounts.values()]);
  const storeId = random.pick(strangers.filter((id) => id !== mount?.storeId));
  if (mount === undefined || storeId === undefined) return;
  const { mountId } = mount;
  const upload = random.pick([...state.uploads.values()].filter((each) => each.mountId === mountId));
  const restore = random.pick([...state.restores.values()].filter((each) => each.mountId === mountId));
  const prey = { mountId, uploadId: upload?.uploadId, fence: mount.fence, restoreId: restore?.restoreId };
  const end = await scheduler.run('a stranger asks', 'gateway', async (task) => {
    const caller: Caller = { credentialId: 'token-stranger', role: 'store', storeId };
    await random.pick(attempts(world, world.portsOf(task), caller, prey))?.();
  });
  if (end.outcome === 'done') truth.violate(`I9: ${storeId} got at what is another store's of ${mountId}`);
  if (end.outcome !== 'failed') return;
  const { error } = end;
  truth.count('stranger sent away');
  if (error instanceof ServiceError && error.code.endsWith('_NOT_FOUND')) return;
  truth.violate(`I9: ${storeId} was told more of ${mountId} than that there is nothing: ${String(error)}`);
}
