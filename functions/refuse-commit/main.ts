import { awsCatalog } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createRefuseCommit } from './handler.ts';

const environment = readEnvironment(process.env, ['METRICS_NAMESPACE', 'TABLE_NAME']);

export const handler = createRefuseCommit({
  catalog: awsCatalog(environment.TABLE_NAME),
  telemetry: createTelemetry('refuse-commit', environment.METRICS_NAMESPACE),
});
