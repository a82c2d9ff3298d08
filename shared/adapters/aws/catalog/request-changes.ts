import { type BackupRequest, hasEnded, isWithStore } from '../../../domain/backup-request.ts';
import type { RequestId } from '../../../domain/ids.ts';
import type { Instant } from '../../../domain/instant.ts';
import { ServiceError } from '../../../errors.ts';
import type { RequestCatalog, RequestReport } from '../../../ports/catalog/requests.ts';
import type { Entities } from './entities.ts';
import { findRequest } from './request-item.ts';
import { refuseContended, transact, writeOnce } from './transact.ts';

/** Each lost race is a change of state that came between; a request has few. */
const maxAttempts = 10;

export async function handOverRequest(
  entities: Entities,
  requestId: RequestId,
  taskToken: string,
  { commandId, fence, deadline }: Parameters<RequestCatalog['handOver']>[2],
): Promise<'handed-over' | 'refused'> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const request = await findRequest(entities, requestId);
    if (request === undefined || hasEnded(request) || request.fence !== fence - 1) return 'refused';
    const isUploading = request.state === 'uploading';
    const standing = isUploading ? {} : ({ state: 'handed-over', owner: 'store', deadline } as const);
    const { rejected } = await writeOnce(() =>
      entities.request
        .patch({ requestId })
        .set({ ...standing, fence, taskToken, commandId })
        .where((item, { eq }) => `${eq(item.state, request.state)} AND ${eq(item.fence, fence - 1)}`)
        .go({ returnOnConditionCheckFailure: 'all_old' }),
    );
    if (!rejected) return 'handed-over';
  }
  throw changesTooOften(requestId);
}

export async function noteReport(
  entities: Entities,
  {
    requestId,
    fence,
    report,
    at,
  }: { requestId: RequestId; fence: number; report: RequestReport; at: Instant },
): Promise<'noted' | 'refused'> {
  const { progress, warnings } = report;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const request = await findRequest(entities, requestId);
    if (request === undefined || !isWithStore(request) || request.fence !== fence) return 'refused';
    // A report that comes late is taken note of by the newer one that came first.
    if (request.reportedAt !== undefined && at < request.reportedAt) return 'noted';
    const isStarting = request.state === 'handed-over' && !progress.isQueued;
    const { rejected } = await writeOnce(() =>
      entities.request
        .patch({ requestId })
        .set({
          ...(isStarting && { state: 'running' as const }),
          ...(isStarting && request.startedAt === undefined && { startedAt: at }),
          progress,
          ...(warnings && { warnings }),
          reportedAt: at,
        })
        .where((item, { eq }) => `${eq(item.state, request.state)} AND ${eq(item.fence, fence)}`)
        .go({ returnOnConditionCheckFailure: 'all_old' }),
    );
    if (!rejected) return 'noted';
  }
  throw changesTooOften(requestId);
}

export async function endRequest(
  entities: Entities,
  seen: BackupRequest,
  { state, at: endedAt, reason, progress }: Parameters<RequestCatalog['end']>[1],
): Promise<'ended' | 'already-ended' | 'conflict'> {
  const { requestId, storeId, database, mountId, parentSeq, fence, uploadId } = seen;
  const refusal = await transact(entities, (writable) => ({
    request: writable.request
      .patch({ requestId })
      .set({ state, endedAt, ...(reason !== undefined && { reason }), ...(progress && { progress }) })
      .remove(['isRunning'])
      .where((item, { eq, exists, notExists }) => {
        const isSame = uploadId ? eq(item.uploadId, uploadId) : notExists(item.uploadId);
        return `${exists(item.isRunning)} AND ${eq(item.fence, fence)} AND ${isSame}`;
      })
      .commit(),
    running: writable.runningRequest
      .delete({ storeId, database })
      .where((item, { eq }) => eq(item.requestId, requestId))
      .commit(),
    parent:
      parentSeq === undefined
        ? undefined
        : writable.recoveryPoint
            .patch({ mountId, seq: parentSeq })
            .delete({ pins: [`request:${requestId}`] })
            .commit(),
  }));
  refuseContended(refusal);
  if (refusal.size === 0) return 'ended';
  const current = await findRequest(entities, requestId);
  return current === undefined || hasEnded(current) ? 'already-ended' : 'conflict';
}

const changesTooOften = (requestId: RequestId) =>
  new ServiceError('INTERNAL', `request ${requestId} changes too often at once`);
