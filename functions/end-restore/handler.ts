import { endRestoreTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Events } from '../../shared/ports/events.ts';
import { endRestore } from '../../shared/usecases/end-restore.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** restore-staging: records the end. */
export function createEndRestore({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'restores'>;
  events: Events;
  clock: Clock;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, endRestoreTask, async (input) => {
    const { restoreId, state } = await endRestore(dependencies, input);
    telemetry.measure(state === 'completed' ? { RestoresCompleted: 1 } : { RestoresFailed: 1 });
    return { restoreId, state };
  });
}
