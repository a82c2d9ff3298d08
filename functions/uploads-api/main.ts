import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { systemIds } from '../../shared/adapters/aws/ids.ts';
import { awsCatalog, awsVault, awsWorkflows } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createUploadsApi } from './handler.ts';

const environment = readEnvironment(process.env, [
  'METRICS_NAMESPACE',
  'TABLE_NAME',
  'BUCKET_NAME',
  'COMMIT_STATE_MACHINE_ARN',
]);

export const handler = createUploadsApi({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  workflows: awsWorkflows({ commitStateMachineArn: environment.COMMIT_STATE_MACHINE_ARN }),
  clock: systemClock,
  ids: systemIds,
  telemetry: createTelemetry('uploads-api', environment.METRICS_NAMESPACE),
});
