import { awsCatalog, awsVault } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createJudgeRecoverability } from './handler.ts';

const environment = readEnvironment(process.env, ['METRICS_NAMESPACE', 'TABLE_NAME', 'BUCKET_NAME']);

export const handler = createJudgeRecoverability({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  telemetry: createTelemetry('judge-recoverability', environment.METRICS_NAMESPACE),
});
