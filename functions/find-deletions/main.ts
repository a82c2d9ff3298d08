import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { awsCatalog } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createFindDeletions } from './handler.ts';

const environment = readEnvironment(process.env, ['METRICS_NAMESPACE', 'TABLE_NAME']);

export const handler = createFindDeletions({
  catalog: awsCatalog(environment.TABLE_NAME),
  clock: systemClock,
  telemetry: createTelemetry('find-deletions', environment.METRICS_NAMESPACE),
});
