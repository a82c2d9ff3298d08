import { awsCatalog } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createFindDueMounts } from './handler.ts';

const environment = readEnvironment(process.env, ['METRICS_NAMESPACE', 'TABLE_NAME']);

export const handler = createFindDueMounts({
  catalog: awsCatalog(environment.TABLE_NAME),
  telemetry: createTelemetry('find-due-mounts', environment.METRICS_NAMESPACE),
});
