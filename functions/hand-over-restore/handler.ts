import { handOverRestoreTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import { handOverRestore } from '../../shared/usecases/restores/hand-over-restore.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** restore-staging: puts the command where the store finds it with its next poll. */
export function createHandOverRestore({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'restores'>;
  ids: Ids;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, handOverRestoreTask, (input) => handOverRestore(dependencies, input));
}
