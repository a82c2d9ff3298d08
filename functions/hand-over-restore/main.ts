import { systemIds } from '../../shared/adapters/aws/ids.ts';
import { awsCatalog } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createHandOverRestore } from './handler.ts';

const environment = readEnvironment(process.env, ['METRICS_NAMESPACE', 'TABLE_NAME']);

export const handler = createHandOverRestore({
  catalog: awsCatalog(environment.TABLE_NAME),
  ids: systemIds,
  telemetry: createTelemetry('hand-over-restore', environment.METRICS_NAMESPACE),
});
