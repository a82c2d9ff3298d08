import { findBackup } from '../backup/find-backup.ts';
import type { ServiceClient } from '../service/client.ts';
import { stampOf } from '../snapshot/point-line.ts';
import { UsageError } from '../usage-error.ts';

const types = ['blocking', 'virtual access', 'nonblocking'];

/**
 * `db_restore`. Oracle is restored by RMAN, on the host of the database: the service brings the files to the store, and says what to do
 * there. Answers comments, for the job itself prints nothing.
 */
export async function restoreDatabase(
  service: ServiceClient,
  { databaseId, name }: { readonly databaseId: string; readonly name: string },
  { backupId, type }: { readonly backupId: string; readonly type: string },
): Promise<string[]> {
  if (!types.includes(type))
    throw new UsageError(`restore_type is blocking or virtual access, not "${type}"`);
  if (type === 'nonblocking') {
    throw new Error(
      'nonblocking: Oracle opens no database whose files are still on their way; take blocking, or virtual access for a database that can be looked into at once',
    );
  }
  const { recoveryPointId } = await findBackup(service, databaseId, backupId);
  const params = { recoveryPointId };
  if (type === 'blocking') {
    const { restoreId, jobId } = await service.call('createRestore', { params, body: {} });
    return [
      `# ${restoreId}: the files come to restores/${jobId} of the mount, see holdfast restore watch ${restoreId}`,
      `# then: holdfast restore script ${recoveryPointId} --database ${databaseId} --staged-at FOLDER --output FOLDER`,
    ];
  }
  const { takenAt } = await service.call('showRecoveryPoint', { params });
  const clone = `restore_${name}_${stampOf(takenAt)}`;
  const { restoreId } = await service.call('createClone', { params, body: { name: clone } });
  return [
    `# ${restoreId}: the clone ${clone}, a copy that may be written to while the backup stays as it is, see holdfast restore watch ${restoreId}`,
    `# then: holdfast restore script ${recoveryPointId} --database ${databaseId} --kind copies --staged-at FOLDER --output FOLDER`,
  ];
}
