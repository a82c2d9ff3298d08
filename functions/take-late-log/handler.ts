import { objectCreatedEvent } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { takeLateLog } from '../../shared/usecases/databases/take-late-log.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** S3 says that a log was stored: of interest when its point was committed before. */
export function createTakeLateLog({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints' | 'databases'>;
  vault: Pick<Vault, 'read' | 'putOnce'>;
  clock: Clock;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, { input: objectCreatedEvent }, async ({ detail }) => {
    const answer = await takeLateLog(dependencies, detail.object.key);
    if (answer.outcome === 'taken') telemetry.logger.info('late log taken', { ...answer, ...detail.object });
    return answer;
  });
}
