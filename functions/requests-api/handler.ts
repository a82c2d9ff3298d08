import { requestRoutes } from '../../shared/contracts/requests.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Events } from '../../shared/ports/events.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { Workflows } from '../../shared/ports/workflows.ts';
import { findStore } from '../../shared/usecases/access/find-owned.ts';
import { abortRequest } from '../../shared/usecases/requests/abort-request.ts';
import { findRequest } from '../../shared/usecases/requests/find-request.ts';
import { listRequests } from '../../shared/usecases/requests/list-requests.ts';
import { reportRequestProgress, reportRequestResult } from '../../shared/usecases/requests/report-request.ts';
import { requestBackup } from '../../shared/usecases/requests/request-backup.ts';
import { serveArea } from '../http/serve-area.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** Requests of backups: given by people, carried out and reported by stores. */
export function createRequestsApi({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'agents' | 'mounts' | 'recoveryPoints' | 'requests' | 'stores' | 'uploads'>;
  workflows: Workflows;
  events: Events;
  clock: Clock;
  ids: Ids;
  telemetry: Telemetry;
}) {
  const { catalog } = dependencies;
  return serveArea(
    requestRoutes,
    {
      createRequest: ({ caller, params, body, idempotency }) =>
        requestBackup(dependencies, caller, { ...params, ...body, idempotency }),
      listRequests: ({ caller, query }) => listRequests(dependencies, caller, query),
      showRequest: ({ caller, params }) => findRequest(catalog, caller, params.requestId),
      abortRequest: ({ caller, params }) => abortRequest(dependencies, caller, params.requestId),
      reportRequestProgress: ({ caller, params, body }) =>
        reportRequestProgress(dependencies, caller, { ...params, ...body }),
      reportRequestResult: ({ caller, params, body }) =>
        reportRequestResult(dependencies, caller, { ...params, ...body }),
      listAgentDatabases: async ({ caller, params }) => {
        const { storeId } = await findStore(catalog, caller, params.storeId);
        return { items: await catalog.agents.of(storeId) };
      },
    },
    telemetry,
  );
}
