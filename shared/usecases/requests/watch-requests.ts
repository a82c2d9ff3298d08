import { type BackupRequest, hasEnded } from '../../domain/backup-request.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Workflows } from '../../ports/workflows.ts';
import { listAll } from '../list-all.ts';
import { completeRequest, type EndDependencies, endRequest } from './end-request.ts';

/** A request whose workflow was not started within this time after its record lost its starter to a crash. */
const startGraceMillis = 2 * 60_000;

/** So long the journal may take before it is looked whether somebody completed the request. */
const completeGraceMillis = 5 * 60_000;

/**
 * Finds requests that nobody moves on: planned ones without a workflow are started, those past the deadline of their state end as
 * failed, and those whose recovery point is there are completed. Safe to run twice and at once.
 */
export async function watchRequests(
  dependencies: EndDependencies & { readonly workflows: Pick<Workflows, 'startRequest'> },
): Promise<{ started: number; ended: number }> {
  const { catalog, workflows, clock } = dependencies;
  const now = clock.now();
  let started = 0;
  let ended = 0;
  for (const { requestId } of await listAll((page) => catalog.requests.listRunning(page))) {
    const request = await catalog.requests.find(requestId);
    if (request === undefined || hasEnded(request)) continue;
    if (await isCommitted(catalog, request, now)) {
      await completeRequest(dependencies, requestId);
    } else if (request.deadline <= now) {
      const reason = `${request.state} past its deadline ${request.deadline}: ${request.owner === 'store' ? 'the store did not finish it' : 'its workflow did not move it on'}`;
      const last = await endRequest(dependencies, requestId, { state: 'failed', reason });
      // Its workflow hears of it when it hands over again.
      if (last.state === 'failed') ended++;
    } else if (request.state === 'planned' && addMillis(request.requestedAt, startGraceMillis) <= now) {
      await workflows.startRequest({ requestId });
      started++;
    }
  }
  return { started, ended };
}

async function isCommitted(
  catalog: Pick<Catalog, 'uploads'>,
  { uploadId }: BackupRequest,
  now: Instant,
): Promise<boolean> {
  const upload = uploadId === undefined ? undefined : await catalog.uploads.find(uploadId);
  if (upload === undefined || upload.state !== 'committed') return false;
  const askedAt = upload.commit?.requestedAt ?? upload.openedAt;
  return addMillis(askedAt, completeGraceMillis) <= now;
}
