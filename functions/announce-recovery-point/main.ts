import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { awsCatalog, awsEvents } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createAnnounceRecoveryPoint } from './handler.ts';

const environment = readEnvironment(process.env, ['METRICS_NAMESPACE', 'TABLE_NAME', 'EVENT_BUS_NAME']);

export const handler = createAnnounceRecoveryPoint({
  catalog: awsCatalog(environment.TABLE_NAME),
  events: awsEvents(environment.EVENT_BUS_NAME),
  clock: systemClock,
  telemetry: createTelemetry('announce-recovery-point', environment.METRICS_NAMESPACE),
});
