import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { systemIds } from '../../shared/adapters/aws/ids.ts';
import { readVolumeArchive } from '../runtime/archive-setting.ts';
import { awsCatalog, awsEvents, awsVault, awsWorkflows } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createAdministrationApi } from './handler.ts';

const environment = readEnvironment(process.env, [
  'METRICS_NAMESPACE',
  'TABLE_NAME',
  'BUCKET_NAME',
  'EVENT_BUS_NAME',
  'REQUEST_STATE_MACHINE_ARN',
  'BACKUP_QUOTA',
  'ARCHIVE_CLASS',
  'COLD_AFTER_DAYS',
  'MAX_THAW_USD',
]);

export const handler = createAdministrationApi({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  workflows: awsWorkflows({ requestStateMachineArn: environment.REQUEST_STATE_MACHINE_ARN }),
  events: awsEvents(environment.EVENT_BUS_NAME),
  backupQuota: Number(environment.BACKUP_QUOTA),
  archive: readVolumeArchive(environment),
  clock: systemClock,
  ids: systemIds,
  telemetry: createTelemetry('administration-api', environment.METRICS_NAMESPACE),
});
