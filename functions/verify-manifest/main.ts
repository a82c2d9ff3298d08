import { awsCatalog, awsVault } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLogger } from '../runtime/logger.ts';
import { createVerifyManifest } from './handler.ts';

const environment = readEnvironment(process.env, ['TABLE_NAME', 'BUCKET_NAME']);

export const handler = createVerifyManifest({
  catalog: awsCatalog(environment.TABLE_NAME),
  vault: awsVault(environment.BUCKET_NAME),
  logger: createLogger('verify-manifest'),
});
