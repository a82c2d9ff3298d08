import { findDeletionsTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import { findDue } from '../../shared/usecases/reclaim/find-due.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** reclaim: one page of points and uploads whose objects may go. */
export function createFindDeletions({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads' | 'recoveryPoints'>;
  clock: Clock;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, findDeletionsTask, async ({ next }) => findDue(dependencies, next));
}
