import type { Caller } from '../../domain/access.ts';
import type { BackupRequest } from '../../domain/backup-request.ts';
import type { RequestId } from '../../domain/ids.ts';
import { ServiceError } from '../../errors.ts';
import type { Workflows } from '../../ports/workflows.ts';
import { type EndDependencies, endRequest } from './end-request.ts';
import { findRequest } from './find-request.ts';

/**
 * Ends a request that somebody does not want any more: its database and its parent are free at once, its store stops with its next
 * poll and removes what it has. Again is no error. Throws BACKUP_REQUEST_NOT_FOUND, and BACKUP_REQUEST_STATE_CONFLICT when it has ended
 * otherwise or its snapshot is being committed.
 */
export async function abortRequest(
  { workflows, ...dependencies }: EndDependencies & { readonly workflows: Pick<Workflows, 'succeedTask'> },
  caller: Caller,
  requestId: RequestId,
): Promise<BackupRequest> {
  await findRequest(dependencies.catalog, caller, requestId);
  const reason = `aborted by ${caller.credentialId}`;
  const ended = await endRequest(dependencies, requestId, { state: 'aborted', reason });
  if (ended.state !== 'aborted') {
    const why = ended.endedAt === undefined ? 'is being committed' : `has ended already: ${ended.state}`;
    throw new ServiceError('BACKUP_REQUEST_STATE_CONFLICT', `request ${requestId} ${why}`, {
      details: { state: ended.state },
    });
  }
  // The workflow finds that the request has ended, if not by this then when it hands over or hears nothing more.
  const { taskToken } = ended;
  if (taskToken !== undefined) await workflows.succeedTask(taskToken, { state: 'aborted' });
  return ended;
}
