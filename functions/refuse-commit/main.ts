import { awsCatalog } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLogger } from '../runtime/logger.ts';
import { createRefuseCommit } from './handler.ts';

const environment = readEnvironment(process.env, ['TABLE_NAME']);

export const handler = createRefuseCommit({
  catalog: awsCatalog(environment.TABLE_NAME),
  logger: createLogger('refuse-commit'),
});
