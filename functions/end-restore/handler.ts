import type { Logger } from '@aws-lambda-powertools/logger';
import { endRestoreInput } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Events } from '../../shared/ports/events.ts';
import { endRestore } from '../../shared/usecases/end-restore.ts';
import { createTask } from '../runtime/task.ts';

/** restore-staging: records the end. */
export function createEndRestore({
  logger,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'restores'>;
  events: Events;
  clock: Clock;
  logger: Logger;
}) {
  return createTask(logger, endRestoreInput, async (input) => {
    const { restoreId, state } = await endRestore(dependencies, input);
    return { restoreId, state };
  });
}
