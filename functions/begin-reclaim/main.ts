import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { awsCatalog, awsVault } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createBeginReclaim } from './handler.ts';

const environment = readEnvironment(process.env, ['METRICS_NAMESPACE', 'TABLE_NAME', 'BUCKET_NAME']);

export const handler = createBeginReclaim({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  clock: systemClock,
  telemetry: createTelemetry('begin-reclaim', environment.METRICS_NAMESPACE),
});
