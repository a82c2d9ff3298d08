import { type Caller, maySee } from '../../domain/access.ts';
import type { MountId, RestoreId, StoreId, UploadId } from '../../domain/ids.ts';
import type { Mount } from '../../domain/mount.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { type Restore, targetOf } from '../../domain/restore.ts';
import type { Store } from '../../domain/store.ts';
import type { Upload } from '../../domain/upload.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';

// What another store owns is answered as if it did not exist.

/** The store, if the caller may see it. Throws STORE_NOT_FOUND. */
export async function findStore(
  catalog: Pick<Catalog, 'stores'>,
  caller: Caller,
  storeId: StoreId,
): Promise<Store> {
  const store = maySee(caller, storeId) ? await catalog.stores.find(storeId) : undefined;
  if (store !== undefined) return store;
  throw new ServiceError('STORE_NOT_FOUND', `there is no store ${storeId}`);
}

/** Which store's rows a list shows: the asked one's, and a store's own whatever it asks. */
export function ownStoreFilter(caller: Caller, asked: StoreId | undefined): { storeId?: StoreId } {
  const storeId = caller.role === 'store' ? caller.storeId : asked;
  return storeId === undefined ? {} : { storeId };
}

/** The mount, if the caller may see it. Throws MOUNT_NOT_FOUND. */
export async function findMount(
  catalog: Pick<Catalog, 'mounts'>,
  caller: Caller,
  mountId: MountId,
): Promise<Mount> {
  const mount = await catalog.mounts.find(mountId);
  if (mount !== undefined && maySee(caller, mount.storeId)) return mount;
  throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${mountId}`);
}

/** The upload, if the caller may see it. Throws UPLOAD_NOT_FOUND. */
export async function findUpload(
  catalog: Pick<Catalog, 'uploads'>,
  caller: Caller,
  uploadId: UploadId,
): Promise<Upload> {
  const upload = await catalog.uploads.find(uploadId);
  if (upload !== undefined && maySee(caller, upload.storeId)) return upload;
  throw new ServiceError('UPLOAD_NOT_FOUND', `there is no upload ${uploadId}`);
}

/** The recovery point, if the caller may see it. Throws RECOVERY_POINT_NOT_FOUND. */
export async function findRecoveryPoint(
  catalog: Pick<Catalog, 'recoveryPoints'>,
  caller: Caller,
  recoveryPointId: UploadId,
): Promise<RecoveryPoint> {
  const point = await catalog.recoveryPoints.find(recoveryPointId);
  if (point !== undefined && maySee(caller, point.storeId)) return point;
  throw new ServiceError('RECOVERY_POINT_NOT_FOUND', `there is no recovery point ${recoveryPointId}`);
}

/** The restore, if the caller may see it: of stores, the one that it goes to. Throws RESTORE_NOT_FOUND. */
export async function findRestore(
  catalog: Pick<Catalog, 'restores'>,
  caller: Caller,
  restoreId: RestoreId,
): Promise<Restore> {
  const restore = await catalog.restores.find(restoreId);
  if (restore !== undefined && maySee(caller, targetOf(restore).storeId)) return restore;
  throw new ServiceError('RESTORE_NOT_FOUND', `there is no restore ${restoreId}`);
}
