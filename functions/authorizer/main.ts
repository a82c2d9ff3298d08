import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { awsCatalog } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createAuthorizer } from './handler.ts';

const environment = readEnvironment(process.env, ['METRICS_NAMESPACE', 'TABLE_NAME']);

export const handler = createAuthorizer({
  catalog: awsCatalog(environment.TABLE_NAME),
  clock: systemClock,
  telemetry: createTelemetry('authorizer', environment.METRICS_NAMESPACE),
});
