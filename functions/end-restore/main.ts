import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { awsCatalog, awsEvents, awsVault } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createEndRestore } from './handler.ts';

const environment = readEnvironment(process.env, [
  'METRICS_NAMESPACE',
  'TABLE_NAME',
  'BUCKET_NAME',
  'EVENT_BUS_NAME',
]);

export const handler = createEndRestore({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  events: awsEvents(environment.EVENT_BUS_NAME),
  clock: systemClock,
  telemetry: createTelemetry('end-restore', environment.METRICS_NAMESPACE),
});
