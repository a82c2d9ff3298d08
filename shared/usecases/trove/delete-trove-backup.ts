import type { Caller } from '../../domain/access.ts';
import { type BackupRequest, hasEnded } from '../../domain/backup-request.ts';
import { toMillis } from '../../domain/instant.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { abortRequest } from '../requests/abort-request.ts';
import { deleteWithChildren } from '../retention/delete-with-children.ts';
import type { ChangeDependencies } from '../retention/undelete-point.ts';
import { findTroveBackup } from './find-trove-backup.ts';

/** Trove's running_backups_expires: what runs for longer is given up by whoever deletes it. */
const runningExpiresMillis = 3 * 86_400_000;

type Dependencies = ChangeDependencies &
  Parameters<typeof abortRequest>[0] & { readonly catalog: Pick<Catalog, 'requests'> };

/**
 * Marks a backup for deletion with all that was made as incrementals on it, newest first; where one of them is protected, none is
 * touched. Each can be brought back until its undo window ends. Throws BACKUP_NOT_FOUND, BACKUP_RUNNING, RECOVERY_POINT_PROTECTED, and
 * BACKUP_REQUEST_STATE_CONFLICT for one that came to no backup.
 */
export async function deleteTroveBackup(
  dependencies: Dependencies,
  caller: Caller,
  id: string,
): Promise<void> {
  const { request, point } = await findTroveBackup(dependencies.catalog, caller, id);
  if (point === undefined) return endRunning(dependencies, caller, request as BackupRequest);
  await deleteWithChildren(dependencies, caller, point.recoveryPointId);
}

async function endRunning(dependencies: Dependencies, caller: Caller, request: BackupRequest): Promise<void> {
  const { requestId, state, requestedAt } = request;
  if (hasEnded(request) && state !== 'completed') {
    throw new ServiceError(
      'BACKUP_REQUEST_STATE_CONFLICT',
      `backup ${requestId} is ${state}: it has nothing to delete`,
      {
        hint: 'It holds nothing and counts for no quota; it stays in the list as a record.',
      },
    );
  }
  const age = toMillis(dependencies.clock.now()) - toMillis(requestedAt);
  if (state === 'completed' || age < runningExpiresMillis) {
    throw new ServiceError('BACKUP_RUNNING', `Backup ${requestId} cannot be deleted because it is running.`);
  }
  await abortRequest(dependencies, caller, requestId);
}
