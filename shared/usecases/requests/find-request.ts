import { type Caller, maySee } from '../../domain/access.ts';
import type { BackupRequest } from '../../domain/backup-request.ts';
import type { RequestId } from '../../domain/ids.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';

/** The request, if the caller may see it. Throws BACKUP_REQUEST_NOT_FOUND. */
export async function findRequest(
  catalog: Pick<Catalog, 'requests'>,
  caller: Caller,
  requestId: RequestId,
): Promise<BackupRequest> {
  const request = await catalog.requests.find(requestId);
  if (request !== undefined && maySee(caller, request.storeId)) return request;
  throw noRequest(requestId);
}

export const noRequest = (requestId: RequestId): ServiceError =>
  new ServiceError('BACKUP_REQUEST_NOT_FOUND', `there is no request ${requestId}`);
