import { announceRecoveryPointTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Events } from '../../shared/ports/events.ts';
import { announceRecoveryPoint } from '../../shared/usecases/commit/announce-recovery-point.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** commit-upload: tells the outside of the new point. */
export function createAnnounceRecoveryPoint({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'recoveryPoints' | 'requests'>;
  events: Events;
  clock: Clock;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, announceRecoveryPointTask, ({ recoveryPointId }) =>
    announceRecoveryPoint(dependencies, recoveryPointId),
  );
}
