import { formatBackupName, formatBackupPrefix } from '../../domain/administration/backup-name.ts';
import type { Database } from '../../domain/database.ts';
import { idPatterns, type UploadId } from '../../domain/ids.ts';
import { isLive, type RecoveryPoint } from '../../domain/recovery-point.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { findDatabase } from '../list-databases.ts';
import type { PointContents } from '../retention/point-contents.ts';
import { databaseName, levelAt } from './backup-facts.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'databases'>;
  readonly vault: Pick<Vault, 'read'>;
  readonly contents: PointContents;
}

/**
 * The live point that is meant by a backup's number, or by its recovery point's id. Throws DATABASE_NOT_FOUND, BACKUP_NOT_FOUND, and
 * BACKUP_AMBIGUOUS where mounts of the database have points of one number.
 */
export async function findBackup(
  dependencies: Dependencies,
  databaseId: string,
  backupId: string,
): Promise<RecoveryPoint> {
  const database = await findDatabase(dependencies.catalog, databaseId);
  const candidates = idPatterns.upload.test(backupId)
    ? [await dependencies.catalog.recoveryPoints.find(backupId as UploadId)]
    : await pointsOfNumber(dependencies, database, Number(backupId));
  const found: RecoveryPoint[] = [];
  for (const point of candidates) {
    if (point !== undefined && (await isBackupOf(dependencies, point, databaseId))) found.push(point);
  }
  const [point, ...others] = found;
  if (point === undefined) {
    throw new ServiceError('BACKUP_NOT_FOUND', `database ${databaseId} has no backup ${backupId}`);
  }
  if (others.length === 0) return point;
  const recoveryPointIds = found.map(({ recoveryPointId }) => recoveryPointId);
  throw new ServiceError(
    'BACKUP_AMBIGUOUS',
    `database ${databaseId} has ${found.length} backups of number ${backupId}, on as many mounts: ${recoveryPointIds.join(', ')}`,
    { details: { recoveryPointIds } },
  );
}

/** What the name of a point's backup must be, for whoever names it in full: another one's name is not taken for it. */
export async function namesOf(vault: Pick<Vault, 'read'>, database: Database, point: RecoveryPoint) {
  const level = await levelAt(vault, point, database.databaseId);
  const name = { database: databaseName(database), number: point.seq, level, at: point.takenAt };
  return { prefix: formatBackupPrefix(name), path: formatBackupName(name) };
}

async function pointsOfNumber({ catalog }: Dependencies, { mountIds }: Database, number: number) {
  const points: RecoveryPoint[] = [];
  for (const mountId of mountIds) {
    // A line has one point of each number, and begins where it is told to.
    const { items } = await catalog.recoveryPoints.line({ mountId, lineFrom: number }, { limit: 1 });
    points.push(...items.map(({ point }) => point).filter(({ seq }) => seq === number));
  }
  return points;
}

async function isBackupOf(
  { contents }: Dependencies,
  point: RecoveryPoint,
  databaseId: string,
): Promise<boolean> {
  if (!isLive(point.state)) return false;
  const { databases } = await contents.of(point);
  return databases.some(({ dbid }) => dbid === databaseId);
}
