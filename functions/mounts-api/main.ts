import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { systemIds } from '../../shared/adapters/aws/ids.ts';
import { awsCatalog, awsVault } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLogger } from '../runtime/logger.ts';
import { createMountsApi } from './handler.ts';

const environment = readEnvironment(process.env, ['TABLE_NAME', 'BUCKET_NAME']);

export const handler = createMountsApi({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  clock: systemClock,
  ids: systemIds,
  logger: createLogger('mounts-api'),
});
