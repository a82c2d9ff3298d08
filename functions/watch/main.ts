import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { systemIds } from '../../shared/adapters/aws/ids.ts';
import { awsCatalog, awsEvents, awsVault, awsWorkflows } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createWatch } from './handler.ts';

const environment = readEnvironment(process.env, [
  'METRICS_NAMESPACE',
  'TABLE_NAME',
  'BUCKET_NAME',
  'EVENT_BUS_NAME',
  'COMMIT_STATE_MACHINE_ARN',
  'RESTORE_STATE_MACHINE_ARN',
  'REQUEST_STATE_MACHINE_ARN',
  'RETENTION_STATE_MACHINE_ARN',
  'RECLAIM_STATE_MACHINE_ARN',
  'AUDIT_STATE_MACHINE_ARN',
]);

export const handler = createWatch({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  workflows: awsWorkflows({
    commitStateMachineArn: environment.COMMIT_STATE_MACHINE_ARN,
    restoreStateMachineArn: environment.RESTORE_STATE_MACHINE_ARN,
    requestStateMachineArn: environment.REQUEST_STATE_MACHINE_ARN,
    retentionStateMachineArn: environment.RETENTION_STATE_MACHINE_ARN,
    reclaimStateMachineArn: environment.RECLAIM_STATE_MACHINE_ARN,
    auditStateMachineArn: environment.AUDIT_STATE_MACHINE_ARN,
  }),
  events: awsEvents(environment.EVENT_BUS_NAME),
  clock: systemClock,
  ids: systemIds,
  telemetry: createTelemetry('watch', environment.METRICS_NAMESPACE),
});
