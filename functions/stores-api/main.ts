import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { systemIds } from '../../shared/adapters/aws/ids.ts';
import { awsCatalog } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createStoresApi } from './handler.ts';

const environment = readEnvironment(process.env, ['METRICS_NAMESPACE', 'TABLE_NAME', 'STORE_POLL_SECONDS']);

export const handler = createStoresApi({
  catalog: awsCatalog(environment.TABLE_NAME),
  clock: systemClock,
  ids: systemIds,
  pollSeconds: Number(environment.STORE_POLL_SECONDS),
  telemetry: createTelemetry('stores-api', environment.METRICS_NAMESPACE),
});
