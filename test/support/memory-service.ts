import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createAdministrationApi } from '../../functions/administration-api/handler.ts';
import { createCatalogApi } from '../../functions/catalog-api/handler.ts';
import { createDatabasesApi } from '../../functions/databases-api/handler.ts';
import { createDocumentApi } from '../../functions/document-api/handler.ts';
import { createMountsApi } from '../../functions/mounts-api/handler.ts';
import { createRecoveryPointsApi } from '../../functions/recovery-points-api/handler.ts';
import { createRequestsApi } from '../../functions/requests-api/handler.ts';
import { createRestoresApi } from '../../functions/restores-api/handler.ts';
import { createRetentionApi } from '../../functions/retention-api/handler.ts';
import type { Telemetry } from '../../functions/runtime/telemetry.ts';
import { createStoresApi } from '../../functions/stores-api/handler.ts';
import { createUploadsApi } from '../../functions/uploads-api/handler.ts';
import { createMemoryCatalog } from '../../shared/adapters/memory/catalog.ts';
import { createRecordingEvents } from '../../shared/adapters/memory/events.ts';
import { createMemoryVault } from '../../shared/adapters/memory/vault.ts';
import { createRecordingWorkflows } from '../../shared/adapters/memory/workflows.ts';
import { createOpenApiDocument } from '../../shared/contracts/openapi.ts';
import type { ApiArea, RouteContract } from '../../shared/contracts/route.ts';
import { type RouteName, routes } from '../../shared/contracts/routes.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import { createCountingIds } from './counting-ids.ts';
import { type EventInput, httpEvent, lambdaContext } from './http-event.ts';
import { createManualClock } from './manual-clock.ts';

/** Says nothing: what is refused on purpose would fill the test's output. */
const telemetry: Telemetry = {
  logger: new Logger({ serviceName: 'test', logLevel: 'SILENT' }),
  measure: () => {},
  countColdStart: () => {},
};

type Handler = (event: unknown, context: unknown) => Promise<APIGatewayProxyStructuredResultV2>;

/** Gives each function its catalog; all the same one, in memory, unless a test wants to tell them apart. */
type CatalogOf = (functionName: string) => Catalog;

/** The service's functions over the memory adapters, with time and ids in the test's hands. */
export function createMemoryService({ catalogOf }: { readonly catalogOf?: CatalogOf } = {}) {
  const clock = createManualClock();
  const catalog = catalogOf?.('test') ?? createMemoryCatalog();
  const vault = createMemoryVault({ clock });
  const workflows = createRecordingWorkflows();
  const events = createRecordingEvents();
  const dependencies = { catalog, vault, workflows, events, clock, ids: createCountingIds(), telemetry };
  const of = (name: string) => ({ ...dependencies, catalog: catalogOf?.(name) ?? catalog });
  // Made when they are first asked: most tests call one of them.
  const makeArea: Record<ApiArea, () => unknown> = {
    'stores-api': () => createStoresApi({ ...of('stores-api'), pollSeconds: 30 }),
    'mounts-api': () => createMountsApi(of('mounts-api')),
    'uploads-api': () => createUploadsApi(of('uploads-api')),
    'recovery-points-api': () => createRecoveryPointsApi(of('recovery-points-api')),
    'retention-api': () => createRetentionApi(of('retention-api')),
    'databases-api': () => createDatabasesApi(of('databases-api')),
    'restores-api': () => createRestoresApi({ ...of('restores-api'), hasArchive: true }),
    'administration-api': () => createAdministrationApi({ ...of('administration-api'), backupQuota: 3 }),
    'requests-api': () => createRequestsApi(of('requests-api')),
    'catalog-api': () => createCatalogApi(of('catalog-api')),
    'document-api': () => createDocumentApi(JSON.stringify(createOpenApiDocument())),
  };
  const made = new Map<ApiArea, Handler>();
  const areaOf = (area: ApiArea): Handler => {
    const handler = made.get(area) ?? (makeArea[area]() as Handler);
    made.set(area, handler);
    return handler;
  };

  /** Sends a request through a route's function; the body is parsed. */
  async function send(name: RouteName, input: EventInput) {
    const contract: RouteContract = routes[name];
    const { statusCode, body } = await areaOf(contract.area)(httpEvent(contract, input), lambdaContext);
    return {
      statusCode,
      body: body === undefined ? undefined : (JSON.parse(body) as Record<string, unknown>),
    };
  }

  return { ...dependencies, of, send };
}
