import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { systemIds } from '../../shared/adapters/aws/ids.ts';
import { awsCatalog, awsEvents, awsWorkflows } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createRequestsApi } from './handler.ts';

const environment = readEnvironment(process.env, [
  'METRICS_NAMESPACE',
  'TABLE_NAME',
  'EVENT_BUS_NAME',
  'REQUEST_STATE_MACHINE_ARN',
]);

export const handler = createRequestsApi({
  catalog: awsCatalog(environment.TABLE_NAME),
  workflows: awsWorkflows({ requestStateMachineArn: environment.REQUEST_STATE_MACHINE_ARN }),
  events: awsEvents(environment.EVENT_BUS_NAME),
  clock: systemClock,
  ids: systemIds,
  telemetry: createTelemetry('requests-api', environment.METRICS_NAMESPACE),
});
