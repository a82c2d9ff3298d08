import { endRestoreTask } from '../../shared/contracts/workflow-state.ts';
import type { RestoreState } from '../../shared/domain/restore.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Events } from '../../shared/ports/events.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { endStaging } from '../../shared/usecases/restores/end-staging.ts';
import type { MetricName } from '../runtime/metric-names.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** restore-staging: records the end. */
export function createEndRestore({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'restores'>;
  vault: Pick<Vault, 'read'>;
  events: Events;
  clock: Clock;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, endRestoreTask, async (input) => {
    const { restoreId, state } = await endStaging(dependencies, input);
    const metric = metricOf(state);
    if (metric) telemetry.measure({ [metric]: 1 });
    return { restoreId, state };
  });
}

/** What somebody cancelled is neither a success nor a failure. */
function metricOf(state: RestoreState): MetricName | undefined {
  if (state === 'cancelled') return undefined;
  if (state === 'completed') return 'RestoresCompleted';
  return state === 'completed-with-damage' ? 'RestoresDamaged' : 'RestoresFailed';
}
