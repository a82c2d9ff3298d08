import { awsCatalog, awsVault } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createVerifyManifest } from './handler.ts';

const environment = readEnvironment(process.env, ['METRICS_NAMESPACE', 'TABLE_NAME', 'BUCKET_NAME']);

export const handler = createVerifyManifest({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  telemetry: createTelemetry('verify-manifest', environment.METRICS_NAMESPACE),
});
