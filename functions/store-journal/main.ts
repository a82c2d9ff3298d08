import { awsCatalog, awsVault } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLogger } from '../runtime/logger.ts';
import { createStoreJournal } from './handler.ts';

const environment = readEnvironment(process.env, ['TABLE_NAME', 'BUCKET_NAME']);

export const handler = createStoreJournal({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  logger: createLogger('store-journal'),
});
