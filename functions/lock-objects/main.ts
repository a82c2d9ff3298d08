import { awsCatalog, awsVault } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createLockObjects } from './handler.ts';

const names = ['METRICS_NAMESPACE', 'TABLE_NAME', 'BUCKET_NAME', 'LOCK_MODE', 'LOCK_DAYS'] as const;
const environment = readEnvironment(process.env, names);

export const handler = createLockObjects({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  lock: {
    mode: environment.LOCK_MODE === 'compliance' ? 'compliance' : 'governance',
    days: Number(environment.LOCK_DAYS),
  },
  telemetry: createTelemetry('lock-objects', environment.METRICS_NAMESPACE),
});
