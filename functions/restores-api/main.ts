import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { systemIds } from '../../shared/adapters/aws/ids.ts';
import { awsCatalog, awsEvents, awsVault, awsWorkflows } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createRestoresApi } from './handler.ts';

const environment = readEnvironment(process.env, [
  'METRICS_NAMESPACE',
  'TABLE_NAME',
  'BUCKET_NAME',
  'EVENT_BUS_NAME',
  'RESTORE_STATE_MACHINE_ARN',
  'ARCHIVE_CLASS',
  'MAX_THAW_USD',
]);

export const handler = createRestoresApi({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  workflows: awsWorkflows({ restoreStateMachineArn: environment.RESTORE_STATE_MACHINE_ARN }),
  events: awsEvents(environment.EVENT_BUS_NAME),
  clock: systemClock,
  ids: systemIds,
  // Set by Lambda itself.
  region: process.env.AWS_REGION,
  hasArchive: environment.ARCHIVE_CLASS !== 'none',
  maxThawUsd: Number(environment.MAX_THAW_USD),
  telemetry: createTelemetry('restores-api', environment.METRICS_NAMESPACE),
});
