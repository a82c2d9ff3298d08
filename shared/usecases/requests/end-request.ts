import {
  type BackupRequest,
  hasEnded,
  type RequestEndState,
  type RequestProgress,
} from '../../domain/backup-request.ts';
import type { RequestId } from '../../domain/ids.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Events } from '../../ports/events.ts';
import { closeUpload } from '../uploads/close-upload.ts';
import { noRequest } from './find-request.ts';

export interface EndDependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'requests' | 'uploads'>;
  readonly clock: Clock;
  readonly events: Events;
}

/** Each lost race is a hand-over or an upload that came between; a request has few. */
const maxAttempts = 8;

/**
 * Ends a request that did not come to its recovery point, and announces it: the upload of its snapshot is closed before, so that none
 * follows. One whose snapshot is being committed is not ended (its state is answered), and one whose snapshot became a recovery point is
 * completed. The first end stands.
 */
export async function endRequest(
  dependencies: EndDependencies,
  requestId: RequestId,
  end: { readonly state: 'failed' | 'aborted'; readonly reason: string },
): Promise<BackupRequest> {
  const { catalog, clock } = dependencies;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const request = await catalog.requests.find(requestId);
    if (request === undefined) throw noRequest(requestId);
    if (hasEnded(request)) return request;
    const upload = request.uploadId && (await catalog.uploads.find(request.uploadId));
    if (upload?.state === 'committed') return completeRequest(dependencies, requestId);
    if (upload?.state === 'committing') return request;
    if (upload?.state === 'open') {
      await closeUpload({ catalog, clock }, upload, { reason: `${end.state}: ${end.reason}` });
      continue;
    }
    const outcome = await recordEnd(dependencies, request, end);
    if (outcome !== 'conflict') return outcome;
  }
  throw changesTooOften(requestId);
}

/** Ends the request whose recovery point was committed. Again changes nothing. */
export async function completeRequest(
  dependencies: Omit<EndDependencies, 'catalog'> & { readonly catalog: Pick<Catalog, 'requests'> },
  requestId: RequestId,
): Promise<BackupRequest> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const request = await dependencies.catalog.requests.find(requestId);
    if (request === undefined) throw noRequest(requestId);
    if (hasEnded(request)) return request;
    const progress = { ...request.progress, percent: 100 };
    const outcome = await recordEnd(dependencies, request, { state: 'completed', progress });
    if (outcome !== 'conflict') return outcome;
  }
  throw changesTooOften(requestId);
}

async function recordEnd(
  {
    catalog,
    clock,
    events,
  }: Omit<EndDependencies, 'catalog'> & { readonly catalog: Pick<Catalog, 'requests'> },
  request: BackupRequest,
  end: { state: RequestEndState; reason?: string; progress?: RequestProgress },
): Promise<BackupRequest | 'conflict'> {
  const outcome = await catalog.requests.end(request, { ...end, at: clock.now() });
  if (outcome === 'conflict') return 'conflict';
  const ended = await catalog.requests.find(request.requestId);
  if (ended === undefined) throw noRequest(request.requestId);
  const { requestId, storeId, mountId, database, kind, state, reason, uploadId } = ended;
  await events.publish({
    type: 'Backup Request Ended',
    request: {
      ...{ requestId, storeId, mountId, database, kind, state },
      ...(reason !== undefined && { reason }),
      ...(state === 'completed' && uploadId !== undefined && { recoveryPointId: uploadId }),
    },
  });
  return ended;
}

const changesTooOften = (requestId: RequestId) =>
  new ServiceError('INTERNAL', `request ${requestId} changes too often at once`);
