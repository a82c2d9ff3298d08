import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { readVolumeArchive } from '../runtime/archive-setting.ts';
import { awsCatalog, awsVault } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createArchivePacks } from './handler.ts';

const environment = readEnvironment(process.env, [
  'METRICS_NAMESPACE',
  'TABLE_NAME',
  'BUCKET_NAME',
  'ARCHIVE_CLASS',
  'COLD_AFTER_DAYS',
  'MAX_THAW_USD',
  'THAW_POLL_SECONDS',
]);

export const handler = createArchivePacks({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  clock: systemClock,
  archive: readVolumeArchive(environment),
  maxUsd: Number(environment.MAX_THAW_USD),
  thawPollSeconds: Number(environment.THAW_POLL_SECONDS),
  // Set by Lambda itself.
  region: process.env.AWS_REGION,
  telemetry: createTelemetry('archive-packs', environment.METRICS_NAMESPACE),
});
