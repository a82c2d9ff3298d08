import { awsCatalog, awsEvents } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLogger } from '../runtime/logger.ts';
import { createAnnounceRecoveryPoint } from './handler.ts';

const environment = readEnvironment(process.env, ['TABLE_NAME', 'EVENT_BUS_NAME']);

export const handler = createAnnounceRecoveryPoint({
  catalog: awsCatalog(environment.TABLE_NAME),
  events: awsEvents(environment.EVENT_BUS_NAME),
  logger: createLogger('announce-recovery-point'),
});
