import type { Caller } from '../../domain/access.ts';
import { type BackupRequest, isWithStore } from '../../domain/backup-request.ts';
import type { RequestId } from '../../domain/ids.ts';
import { ServiceError } from '../../errors.ts';
import type { RequestReport } from '../../ports/catalog/requests.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Workflows } from '../../ports/workflows.ts';
import { requireInForce } from '../stores/require-in-force.ts';
import { showUpload } from '../uploads/show-upload.ts';
import { completeRequest, type EndDependencies, endRequest } from './end-request.ts';
import { findRequest } from './find-request.ts';

interface Dependencies extends EndDependencies {
  readonly catalog: EndDependencies['catalog'] & Pick<Catalog, 'stores'>;
  readonly workflows: Pick<Workflows, 'heartbeat' | 'succeedTask' | 'failTask'>;
}

interface Report {
  readonly requestId: RequestId;
  readonly fence: number;
}

/** A running request's heartbeat from its gateway. BACKUP_REQUEST_STATE_CONFLICT tells the gateway to stop. */
export async function reportRequestProgress(
  { catalog, workflows, clock }: Dependencies,
  caller: Caller,
  report: Report & RequestReport,
): Promise<BackupRequest> {
  const { requestId, fence, progress, warnings } = report;
  await requireInForce(catalog, caller);
  const { taskToken } = await requireCurrent(catalog, caller, report);
  const noted = { progress, ...(warnings && { warnings }) };
  const outcome = await catalog.requests.noteReport(requestId, fence, noted, clock.now());
  if (outcome === 'refused') throw notCurrent(report);
  // Gone is no error: the workflow may have left an upload to itself, and one that fails the request ends it.
  if (taskToken !== undefined) await workflows.heartbeat(taskToken);
  return findRequest(catalog, caller, requestId);
}

/**
 * The end of a request as its gateway saw it. Completed counts only with the recovery point in the catalog and its journal in the
 * vault. Repeats are answered alike.
 */
export async function reportRequestResult(
  dependencies: Dependencies,
  caller: Caller,
  report: Report & ({ outcome: 'completed' } | { outcome: 'failed'; code: string; reason: string }),
): Promise<BackupRequest> {
  const { catalog, workflows } = dependencies;
  const { requestId, fence, outcome } = report;
  // A clone of a store knows the requests that ran when it was made: it must not end them for the other.
  await requireInForce(catalog, caller);
  const request = await findRequest(catalog, caller, requestId);
  if (request.fence === fence && request.state === outcome) {
    // The commit completes a request by itself: its workflow hears of it here.
    const { taskToken, state } = request;
    if (outcome === 'completed' && taskToken !== undefined) await workflows.succeedTask(taskToken, { state });
    return request;
  }
  const { taskToken, uploadId } = await requireCurrent(catalog, caller, report);
  if (outcome === 'completed') {
    const upload = uploadId && (await showUpload({ catalog }, caller, uploadId));
    if (upload === undefined || upload.state !== 'committed') throw notCurrent(report);
    const ended = await completeRequest(dependencies, requestId);
    if (taskToken !== undefined) await workflows.succeedTask(taskToken, { state: ended.state });
    return ended;
  }
  const reason = `${report.code}: ${report.reason}`;
  const ended = await endRequest(dependencies, requestId, { state: 'failed', reason });
  if (ended.endedAt === undefined) throw notCurrent(report);
  if (taskToken !== undefined) {
    await workflows.failTask(taskToken, { code: 'BACKUP_REQUEST_FAILED', cause: reason });
  }
  return ended;
}

/** The request, if the store has it by the hand-over of the report. */
export async function requireCurrent(
  catalog: Pick<Catalog, 'requests'>,
  caller: Caller,
  report: Report,
): Promise<BackupRequest> {
  const request = await findRequest(catalog, caller, report.requestId);
  if (isWithStore(request) && request.fence === report.fence) return request;
  throw notCurrent(report, request.state);
}

const notCurrent = ({ requestId, fence }: Report, state?: string) =>
  new ServiceError(
    'BACKUP_REQUEST_STATE_CONFLICT',
    `request ${requestId} has ended, or hand-over ${fence} is out of date`,
    { ...(state !== undefined && { details: { state } }) },
  );
