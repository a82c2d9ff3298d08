import { awsCatalog, awsVault } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLogger } from '../runtime/logger.ts';
import { createVerifyObjects } from './handler.ts';

const environment = readEnvironment(process.env, ['TABLE_NAME', 'BUCKET_NAME']);

export const handler = createVerifyObjects({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  logger: createLogger('verify-objects'),
});
