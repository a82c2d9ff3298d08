import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { systemIds } from '../../shared/adapters/aws/ids.ts';
import { awsCatalog } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createIssueCredential } from './handler.ts';

const environment = readEnvironment(process.env, ['METRICS_NAMESPACE', 'TABLE_NAME']);

export const handler = createIssueCredential({
  catalog: awsCatalog(environment.TABLE_NAME),
  clock: systemClock,
  ids: systemIds,
  telemetry: createTelemetry('issue-credential', environment.METRICS_NAMESPACE),
});
