import type { Caller } from '../../domain/access.ts';
import { hasEnded } from '../../domain/backup-request.ts';
import type { LevelOrder } from '../../domain/choose-parent.ts';
import type { Mount } from '../../domain/mount.ts';
import { findVolume } from '../../domain/volume.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { IdempotencyKey } from '../idempotency.ts';
import { listAll } from '../list-all.ts';
import { findRepeated } from '../requests/find-repeated.ts';
import { type RequestDependencies, requestBackup } from '../requests/request-backup.ts';
import { databaseOfInstance, findInstance } from './find-instance.ts';
import { findTroveBackup } from './find-trove-backup.ts';

interface CreateTroveBackup {
  readonly name: string;
  readonly instance: string;
  readonly description?: string | undefined;
  readonly parent_id?: string | undefined;
  readonly incremental?: 0 | 1 | undefined;
  readonly swift_container?: string | undefined;
  readonly storage_driver?: string | undefined;
  readonly restore_from?: unknown;
  readonly idempotency?: IdempotencyKey | undefined;
}

type Dependencies = RequestDependencies & {
  /** The most backups of a store that were made by name and are there. */
  readonly backupQuota: number;
};

/**
 * Requests a backup by Trove's names. What the request says wins over the strategy of the database, that over the mount's
 * settings (volume, expire), and those over the deployment's. Throws OPERATION_UNSUPPORTED for an import, VOLUME_NOT_FOUND, BACKUP_QUOTA_EXCEEDED, BACKUP_NOT_FOUND and
 * BACKUP_NOT_COMPLETE for a parent, and what `requestBackup` throws.
 */
export async function createTroveBackup(
  dependencies: Dependencies,
  caller: Caller,
  input: CreateTroveBackup,
) {
  const { catalog } = dependencies;
  const repeated = await findRepeated(dependencies, caller, input.idempotency);
  if (repeated !== undefined) return repeated;
  refuseImport(input);
  const instance = await findInstance(catalog, caller, input.instance);
  const { mount } = instance;
  requireVolume(mount, input);
  const database = await databaseOfInstance(catalog, instance);
  const order = await orderOf(catalog, caller, input);
  await requireRoom(dependencies, mount);
  const { name, description, idempotency } = input;
  const { mountId } = mount;
  return requestBackup(dependencies, caller, { mountId, database, order, name, description, idempotency });
}

function refuseImport({ restore_from: imported, storage_driver: driver = 's3' }: CreateTroveBackup): void {
  if (imported !== undefined) {
    throw new ServiceError(
      'OPERATION_UNSUPPORTED',
      'restore_from: a backup that lies elsewhere is not imported; what a mount holds becomes one by a backup of it',
    );
  }
  if (driver !== 's3') {
    throw new ServiceError('OPERATION_UNSUPPORTED', `storage_driver ${driver}: backups are stored by s3`);
  }
}

function requireVolume(mount: Mount, { swift_container: name }: CreateTroveBackup): void {
  if (name === undefined || findVolume({ name })?.volumeId === mount.volumeId) return;
  throw new ServiceError('VOLUME_NOT_FOUND', `mount ${mount.mountId} has no volume named ${name}`);
}

async function orderOf(
  catalog: Pick<Catalog, 'recoveryPoints' | 'requests'>,
  caller: Caller,
  { parent_id: parentBackupId, incremental }: CreateTroveBackup,
): Promise<LevelOrder | undefined> {
  if (parentBackupId === undefined) {
    if (incremental === undefined) return undefined;
    return incremental === 1 ? { incremental: true } : { level: 0 };
  }
  if (incremental === 0) {
    throw new ServiceError(
      'REQUEST_INVALID',
      'body: a backup with a parent_id is incremental: leave incremental: 0 out',
    );
  }
  const { point } = await findTroveBackup(catalog, caller, parentBackupId);
  if (point !== undefined) return { parentId: point.recoveryPointId };
  throw new ServiceError(
    'BACKUP_NOT_COMPLETE',
    `backup ${parentBackupId} is not completed, and cannot be a parent`,
  );
}

/** Two at once may both find the last place: the quota is against backups that nobody deletes, not a promise of a number. */
async function requireRoom({ catalog, backupQuota }: Dependencies, { storeId }: Mount): Promise<void> {
  const running = (await catalog.requests.runningOf(storeId)).filter(
    (each) => isCounted(each) && !hasEnded(each),
  );
  let count = running.length;
  for (const mount of await listAll((page) => catalog.mounts.list({ storeId }, page))) {
    const line = await listAll((page) => catalog.recoveryPoints.line(mount, page));
    count += line.filter(({ point }) => point.state === 'available' && isCounted(point.request)).length;
  }
  if (count < backupQuota) return;
  throw new ServiceError(
    'BACKUP_QUOTA_EXCEEDED',
    `store ${storeId} has ${count} backups by name, and may have ${backupQuota}`,
    { details: { count, quota: backupQuota } },
  );
}

/** Backups of scripts and schedules have no name, and a policy that ends them. */
const isCounted = (request: { readonly name?: string } | undefined): boolean => request?.name !== undefined;
