import type { Logger } from '@aws-lambda-powertools/logger';
import { recoveryPointInput } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Events } from '../../shared/ports/events.ts';
import { announceRecoveryPoint } from '../../shared/usecases/announce-recovery-point.ts';
import { createTask } from '../runtime/task.ts';

/** commit-upload: tells the outside of the new point. */
export function createAnnounceRecoveryPoint({
  logger,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'recoveryPoints'>;
  events: Events;
  logger: Logger;
}) {
  return createTask(logger, recoveryPointInput, ({ recoveryPointId }) =>
    announceRecoveryPoint(dependencies, recoveryPointId),
  );
}
