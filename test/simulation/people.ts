import type { Caller } from '../../shared/domain/access.ts';
import type { UploadId } from '../../shared/domain/ids.ts';
import type { RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { isStaged } from '../../shared/domain/restore.ts';
import { signLateLog } from '../../shared/usecases/databases/sign-late-log.ts';
import { createClone } from '../../shared/usecases/restores/clones.ts';
import { dropStagedFiles } from '../../shared/usecases/restores/leases.ts';
import { orderRestore } from '../../shared/usecases/restores/order-restore.ts';
import type { MountUploads } from './gateway.ts';
import { rmanLog } from './oracle-day.ts';
import { invoke } from './run-step.ts';
import { logRow } from './snapshot-content.ts';
import type { TaskPorts } from './task-ports.ts';
import type { World } from './world.ts';

export const admin: Caller = { credentialId: 'key-admin', role: 'admin' };

/** Something that somebody asks the service to do with a point, as a handler would. */
export type Errand = (world: World, ports: TaskPorts, point: RecoveryPoint) => Promise<unknown>;

export const order: Errand = (_, ports, { recoveryPointId }) =>
  orderRestore(ports, admin, { recoveryPointId });

/** A writable copy, which keeps its point until it is dropped or its lease ends. */
export const clone: Errand = async ({ random, truth }, ports, { recoveryPointId }) => {
  const name = random.pick(['a', 'b']);
  await createClone(ports, admin, { recoveryPointId, name, lease: random.pick(['1h', '3d', '9d']) });
  truth.count('clone ordered');
};

export const drop: Errand = async ({ random, state }, ports) => {
  const staged = random.pick([...state.restores.values()].filter(isStaged));
  if (staged !== undefined) await dropStagedFiles(ports, admin, staged.restoreId);
};

/** Runs an errand on some point of the catalog. */
export async function doErrand(world: World, name: string, errand: Errand): Promise<void> {
  const point = world.random.pick([...world.state.recoveryPoints.values()]);
  if (point === undefined) return;
  const work = (ports: TaskPorts) => errand(world, ports, point);
  const end = await invoke(world, name, work, { isRepeatable: false });
  world.truth.judgeError(name, end);
}

/** A script that could not deliver its log with the snapshot. */
export async function sendLateLog(world: World, uploads: MountUploads, uploadId: UploadId): Promise<void> {
  const { random, scheduler, truth } = world;
  const log = rmanLog(random.pick(['a', 'b', 'c', 'd']), random);
  const end = await scheduler.run('a late log', 'gateway', async (task) => {
    const ports = world.portsOf(task);
    const row = logRow(log, world.storeTime(0));
    const { key, url, headers } = await signLateLog(ports, uploads.caller, { uploadId, log: row });
    const { status } = await ports.vault.send({ method: 'PUT', url, headers, body: Buffer.from(log.text) });
    if (status === 200) uploads.announce(key);
  });
  truth.judgeError('a late log', end);
}
