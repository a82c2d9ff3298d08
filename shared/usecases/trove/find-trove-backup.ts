import type { Caller } from '../../domain/access.ts';
import { maySee } from '../../domain/access.ts';
import { idPatterns, type RequestId, type UploadId } from '../../domain/ids.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { TroveSource } from './trove-backup.ts';

type Reading = Pick<Catalog, 'recoveryPoints' | 'requests'>;

/**
 * A backup by the id of its request, or by that of its recovery point, which is the same backup where it was requested.
 * Throws BACKUP_NOT_FOUND, also for one of which nothing is left.
 */
export async function findTroveBackup(catalog: Reading, caller: Caller, id: string): Promise<TroveSource> {
  const found = idPatterns.request.test(id)
    ? await byRequest(catalog, id as RequestId)
    : await byPoint(catalog, id as UploadId);
  const storeId = (found?.request ?? found?.point)?.storeId;
  if (found !== undefined && storeId !== undefined && maySee(caller, storeId)) return found;
  throw new ServiceError('BACKUP_NOT_FOUND', `there is no backup ${id}`);
}

async function byRequest(catalog: Reading, requestId: RequestId): Promise<TroveSource | undefined> {
  const request = await catalog.requests.find(requestId);
  return request && sourceOf(catalog, request);
}

/** What became of a request. Undefined where its point is gone. */
export async function sourceOf(
  { recoveryPoints }: Pick<Catalog, 'recoveryPoints'>,
  request: NonNullable<TroveSource['request']>,
): Promise<TroveSource | undefined> {
  const point = request.uploadId && (await recoveryPoints.find(request.uploadId));
  if (point === undefined) return { request };
  return isThere(point) ? { request, point } : undefined;
}

async function byPoint(
  { recoveryPoints, requests }: Reading,
  id: UploadId,
): Promise<TroveSource | undefined> {
  const point = await recoveryPoints.find(id);
  if (point === undefined || !isThere(point)) return undefined;
  const request = point.request && (await requests.find(point.request.requestId));
  return { point, ...(request && { request }) };
}

/** Until the last byte of it is gone it can be seen, whatever became of its deletion. */
export const isThere = ({ state }: RecoveryPoint): boolean => state !== 'tombstone';
