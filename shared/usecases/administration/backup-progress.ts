import type { Caller } from '../../domain/access.ts';
import { requestTime } from '../../domain/administration/backup-identity.ts';
import { formatBackupName } from '../../domain/administration/backup-name.ts';
import type { BackupRequest } from '../../domain/backup-request.ts';
import type { UploadId } from '../../domain/ids.ts';
import { deployedVolume } from '../../domain/volume.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { abortRequest } from '../requests/abort-request.ts';
import { resolveDatabase } from './resolve-database.ts';

type Reading = Pick<Catalog, 'agents' | 'databases' | 'mounts' | 'recoveryPoints' | 'requests'>;

/** The fields that the administration API prints of a backup under way or done, and what only we have. */
interface BackupProgress {
  readonly Comment: string;
  readonly Files: readonly string[];
  readonly Level: number | null;
  readonly Name: string;
  readonly Progress: number;
  readonly Type: 'Backup';
  readonly 'Volume ID': number;
  readonly requestId: BackupRequest['requestId'];
  readonly state: BackupRequest['state'];
  readonly notes: readonly string[];
  readonly recoveryPointId?: UploadId;
}

/**
 * How far the running backup of a database is, or how the last one ended. Throws DATABASE_NOT_FOUND, and BACKUP_REQUEST_NOT_FOUND
 * where none was ever requested.
 */
export async function backupProgress(catalog: Reading, databaseId: string): Promise<BackupProgress> {
  const { agents } = await resolveDatabase(catalog, databaseId);
  const newest: BackupRequest[] = [];
  for (const { storeId, name: database } of agents) {
    const found = (await runningOf(catalog, storeId, database)) ?? (await lastOf(catalog, storeId, database));
    if (found !== undefined) newest.push(found);
  }
  const [last] = newest.sort((one, other) => (one.requestedAt < other.requestedAt ? 1 : -1));
  if (last !== undefined) return presentProgress(last);
  throw new ServiceError('BACKUP_REQUEST_NOT_FOUND', `no backup of database ${databaseId} was requested`);
}

/** Ends the running backup of a database. Throws as `abortRequest`, and BACKUP_REQUEST_NOT_FOUND where none runs. */
export async function abortBackup(
  dependencies: Parameters<typeof abortRequest>[0] & { readonly catalog: Reading },
  caller: Caller,
  databaseId: string,
): Promise<BackupProgress> {
  const { agents } = await resolveDatabase(dependencies.catalog, databaseId);
  for (const { storeId, name } of agents) {
    const running = await runningOf(dependencies.catalog, storeId, name);
    if (running !== undefined) {
      return presentProgress(await abortRequest(dependencies, caller, running.requestId));
    }
  }
  throw new ServiceError('BACKUP_REQUEST_NOT_FOUND', `no backup of database ${databaseId} is running`);
}

type OfStore = [storeId: BackupRequest['storeId'], database: string];

async function runningOf({ requests }: Pick<Catalog, 'requests'>, ...[storeId, database]: OfStore) {
  const running = await requests.runningOf(storeId);
  return running.find((request) => request.database === database);
}

/** Archived logs are backed up every hour: they would hide what is asked for. */
async function lastOf({ requests }: Pick<Catalog, 'requests'>, ...[storeId, database]: OfStore) {
  let cursor: string | undefined;
  do {
    const page = await requests.list(
      { of: { storeId, database } },
      { limit: 100, ...(cursor !== undefined && { cursor }) },
    );
    const found = page.items.find(({ content }) => content === 'database');
    if (found !== undefined) return found;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return undefined;
}

/** A request in the fields of the administration API. */
export function presentProgress(request: BackupRequest): BackupProgress {
  const { requestId, backupNumber, database, level, progress, state, uploadId } = request;
  const { fullBecause, warnings = [] } = request;
  return {
    Comment: commentOn(request),
    Files: progress.files,
    Level: level ?? null,
    Name: formatBackupName({ database, number: backupNumber, level, at: requestTime(requestId) }),
    Progress: progress.percent,
    Type: 'Backup',
    'Volume ID': deployedVolume.volumeId,
    requestId,
    state,
    notes: [...(fullBecause === undefined ? [] : [fullBecause]), ...warnings],
    ...(state === 'completed' && uploadId !== undefined && { recoveryPointId: uploadId }),
  };
}

function commentOn({ state, reason = 'no reason was noted' }: BackupRequest): string {
  if (state === 'completed') return 'Backup has been successfully finished';
  if (state === 'failed') return `Backup has failed: ${reason}`;
  if (state === 'aborted') return `Backup has been aborted: ${reason}`;
  return 'Backup is active';
}
