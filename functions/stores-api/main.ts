import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { systemIds } from '../../shared/adapters/aws/ids.ts';
import { awsCatalog } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLogger } from '../runtime/logger.ts';
import { createStoresApi } from './handler.ts';

const environment = readEnvironment(process.env, ['TABLE_NAME', 'STORE_POLL_SECONDS']);

export const handler = createStoresApi({
  catalog: awsCatalog(environment.TABLE_NAME),
  clock: systemClock,
  ids: systemIds,
  pollSeconds: Number(environment.STORE_POLL_SECONDS),
  logger: createLogger('stores-api'),
});
