import { identifyBackup } from '../../domain/administration/backup-identity.ts';
import type { BackupName } from '../../domain/administration/backup-name.ts';
import type { Database } from '../../domain/database.ts';
import { backupLevel } from '../../domain/file-map/backup-level.ts';
import { decodeDatabases } from '../../domain/file-map/file-map-json.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Vault } from '../../ports/vault.ts';
import { unlessLost } from '../databases/stored-maps.ts';

/** The name of a point's backup of a database, in its parts. */
export async function nameBackup(
  vault: Pick<Vault, 'read'>,
  database: Database,
  point: RecoveryPoint,
): Promise<BackupName> {
  const { number, label, at, requestedLevel } = identifyBackup(database, point);
  const level = requestedLevel ?? (await levelByLogs(vault, point, database.databaseId));
  return { database: label, number, at, level };
}

/**
 * The level of the backup of a database that a point's own logs tell of, read from the head of its file map. Undefined where they tell
 * of none, or the map is not there.
 */
async function levelByLogs(
  vault: Pick<Vault, 'read'>,
  { mountId, recoveryPointId: uploadId, fileMap }: RecoveryPoint,
  dbid: string,
): Promise<number | undefined> {
  if (fileMap?.state !== 'stored') return undefined;
  const key = formatVaultKey({ kind: 'file-map', mountId, uploadId, number: fileMap.number });
  const databases = await unlessLost(async () => {
    const source = await vault.read(key);
    if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
    return decodeDatabases(source, key);
  });
  const found = databases?.find((each) => each.dbid === dbid);
  return found && backupLevel(found, uploadId);
}
