import type { Logger } from '@aws-lambda-powertools/logger';
import { objectCreatedEvent } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import { noteObject } from '../../shared/usecases/note-object.ts';
import { createTask } from '../runtime/task.ts';

/** S3 says that an object was created: of interest when its upload had been given up. */
export function createNoteObject({
  logger,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads'>;
  clock: Clock;
  logger: Logger;
}) {
  return createTask(logger, objectCreatedEvent, async ({ detail }) => {
    const outcome = await noteObject(dependencies, detail.object.key);
    if (outcome === 'late') logger.warn('object arrived for a closed upload', { key: detail.object.key });
    return { outcome };
  });
}
