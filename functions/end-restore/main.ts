import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { awsCatalog, awsEvents } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLogger } from '../runtime/logger.ts';
import { createEndRestore } from './handler.ts';

const environment = readEnvironment(process.env, ['TABLE_NAME', 'EVENT_BUS_NAME']);

export const handler = createEndRestore({
  catalog: awsCatalog(environment.TABLE_NAME),
  events: awsEvents(environment.EVENT_BUS_NAME),
  clock: systemClock,
  logger: createLogger('end-restore'),
});
