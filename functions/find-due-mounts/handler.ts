import { findDueMountsTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import { findDueMounts } from '../../shared/usecases/retention/find-due-mounts.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** retention: one page of the mounts that are due. */
export function createFindDueMounts({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'mounts' | 'plans'>;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, findDueMountsTask, (run) => findDueMounts(dependencies, run));
}
