import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { systemIds } from '../../shared/adapters/aws/ids.ts';
import { awsCatalog, awsEvents } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createFollowRequest } from './handler.ts';

const environment = readEnvironment(process.env, [
  'METRICS_NAMESPACE',
  'TABLE_NAME',
  'EVENT_BUS_NAME',
  'STORE_POLL_SECONDS',
]);

export const handler = createFollowRequest({
  catalog: awsCatalog(environment.TABLE_NAME),
  clock: systemClock,
  events: awsEvents(environment.EVENT_BUS_NAME),
  ids: systemIds,
  pollSeconds: Number(environment.STORE_POLL_SECONDS),
  telemetry: createTelemetry('follow-request', environment.METRICS_NAMESPACE),
});
