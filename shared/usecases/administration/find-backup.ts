import { identifyBackup } from '../../domain/administration/backup-identity.ts';
import type { Database } from '../../domain/database.ts';
import { ServiceError } from '../../errors.ts';
import { type Backup, type GatherBackupsDependencies, gatherBackups } from './gather-backups.ts';
import { resolveDatabase } from './resolve-database.ts';

/**
 * The backup that is meant by its number, or by the id of its recovery point. Throws DATABASE_NOT_FOUND, BACKUP_NOT_FOUND, and
 * BACKUP_AMBIGUOUS where several have the number: none of them is chosen.
 */
export async function findBackup(
  dependencies: GatherBackupsDependencies,
  { databaseId, backupId }: { readonly databaseId: string; readonly backupId: string },
): Promise<{ readonly database: Database; readonly backup: Backup; readonly number: number }> {
  const { database } = await resolveDatabase(dependencies.catalog, databaseId);
  if (database === undefined) throw noBackup(databaseId, backupId);
  const backups = await gatherBackups(dependencies, database);
  const found = backups.flatMap((backup) => {
    const { number } = identifyBackup(database, backup.point);
    const isMeant = backup.point.recoveryPointId === backupId || String(number) === backupId;
    return isMeant ? [{ database, backup, number }] : [];
  });
  const [first, ...others] = found;
  if (first === undefined) throw noBackup(databaseId, backupId);
  if (others.length === 0) return first;
  const recoveryPointIds = found.map(({ backup }) => backup.point.recoveryPointId);
  throw new ServiceError(
    'BACKUP_AMBIGUOUS',
    `database ${databaseId} has ${found.length} backups of number ${backupId}: ${recoveryPointIds.join(', ')}`,
    { details: { recoveryPointIds } },
  );
}

const noBackup = (databaseId: string, backupId: string) =>
  new ServiceError('BACKUP_NOT_FOUND', `database ${databaseId} has no backup ${backupId}`);
