import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { awsCatalog } from '../runtime/clients.ts';
import { readEnvironment } from '../runtime/environment.ts';
import { createLogger } from '../runtime/logger.ts';
import { createNoteObject } from './handler.ts';

const environment = readEnvironment(process.env, ['TABLE_NAME']);

export const handler = createNoteObject({
  catalog: awsCatalog(environment.TABLE_NAME),
  clock: systemClock,
  logger: createLogger('note-object'),
});
