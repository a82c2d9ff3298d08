import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { awsWorkflows } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createCatalogApi } from './handler.ts';

const environment = readEnvironment(process.env, ['METRICS_NAMESPACE', 'REBUILD_STATE_MACHINE_ARN']);

export const handler = createCatalogApi({
  workflows: awsWorkflows({ rebuildStateMachineArn: environment.REBUILD_STATE_MACHINE_ARN }),
  clock: systemClock,
  telemetry: createTelemetry('catalog-api', environment.METRICS_NAMESPACE),
});
