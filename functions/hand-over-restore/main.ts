import { systemIds } from '../../shared/adapters/aws/ids.ts';
import { awsCatalog } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLogger } from '../runtime/logger.ts';
import { createHandOverRestore } from './handler.ts';

const environment = readEnvironment(process.env, ['TABLE_NAME']);

export const handler = createHandOverRestore({
  catalog: awsCatalog(environment.TABLE_NAME),
  ids: systemIds,
  logger: createLogger('hand-over-restore'),
});
