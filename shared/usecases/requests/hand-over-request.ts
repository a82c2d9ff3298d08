import { hasEnded } from '../../domain/backup-request.ts';
import type { RequestId } from '../../domain/ids.ts';
import { addMillis } from '../../domain/instant.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import { noRequest } from './find-request.ts';
import { requestDeadlineMillis } from './request-backup.ts';

/** Races with the store's last report are settled by the fence; more than one in a row is not one of them. */
const maxAttempts = 3;

/**
 * Hands the request to its store: the next poll brings the command down. The token stays in the catalog; each hand-over has a
 * new fence. A manual request that the store did not even take is not handed over again: STORE_SILENT.
 */
export async function handOverRequest(
  { catalog, clock, ids }: { catalog: Pick<Catalog, 'requests'>; clock: Clock; ids: Pick<Ids, 'command'> },
  input: { requestId: RequestId; taskToken: string },
): Promise<{ fence: number }> {
  const { requestId, taskToken } = input;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const request = await catalog.requests.find(requestId);
    if (request === undefined) throw noRequest(requestId);
    // Lambda may run this twice for one task: the first run's hand-over stands.
    if (request.taskToken === taskToken) return { fence: request.fence };
    if (hasEnded(request)) break;
    const wasTaken = request.fence === 0 || request.reportedAt !== undefined;
    if (!wasTaken && request.kind === 'manual') {
      throw new ServiceError(
        'STORE_SILENT',
        `the agent of store ${request.storeId} did not take the request`,
      );
    }
    const isNew = request.state === 'planned' || request.state === 'waiting';
    const command = {
      commandId: ids.command(),
      fence: request.fence + 1,
      deadline: isNew ? addMillis(clock.now(), requestDeadlineMillis) : request.deadline,
    };
    const outcome = await catalog.requests.handOver(requestId, taskToken, command);
    if (outcome === 'handed-over') return { fence: command.fence };
  }
  throw new ServiceError('BACKUP_REQUEST_STATE_CONFLICT', `request ${requestId} cannot be handed over`);
}
