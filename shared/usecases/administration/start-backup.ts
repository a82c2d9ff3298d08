import type { Caller } from '../../domain/access.ts';
import { requireClearExpire } from '../../domain/administration/backup-expire.ts';
import type { BackupRequest } from '../../domain/backup-request.ts';
import { findVolume } from '../../domain/volume.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { type RequestDependencies, requestBackup } from '../requests/request-backup.ts';
import { requireAgentOf, resolveDatabase } from './resolve-database.ts';

interface StartBackup {
  readonly databaseId: string;
  readonly backupVolumeId?: number | undefined;
  readonly backupVolumeName?: string | undefined;
  readonly level: number;
  readonly expire: string;
}

/**
 * Requests a backup by the names of the administration API. Throws DATABASE_NOT_FOUND, DATABASE_NOT_CONFIGURED, VOLUME_NOT_FOUND,
 * EXPIRE_INVALID, and what `requestBackup` throws.
 */
export async function startBackup(
  dependencies: RequestDependencies & {
    readonly catalog: RequestDependencies['catalog'] & Pick<Catalog, 'databases'>;
  },
  caller: Caller,
  { databaseId, backupVolumeId, backupVolumeName, level, expire }: StartBackup,
): Promise<BackupRequest> {
  const volume = findVolume({ volumeId: backupVolumeId, name: backupVolumeName });
  requireClearExpire(expire);
  const { mountId, name: database } = requireAgentOf(await resolveDatabase(dependencies.catalog, databaseId));
  const mount = await dependencies.catalog.mounts.find(mountId);
  if (volume === undefined || mount?.volumeId !== volume.volumeId) {
    const meant =
      backupVolumeId === undefined ? `named ${backupVolumeName}` : `with the id ${backupVolumeId}`;
    throw new ServiceError('VOLUME_NOT_FOUND', `database ${databaseId} has no volume ${meant}`);
  }
  return requestBackup(dependencies, caller, { mountId, database, order: { level }, expire });
}
