import { beginReclaimTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { beginReclaim } from '../../shared/usecases/reclaim/begin-reclaim.ts';
import { decideByRetention } from '../../shared/usecases/reclaim/decide-by-retention.ts';
import { createPointContents } from '../../shared/usecases/retention/point-contents.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** reclaim: decides once and for all what of a pending point goes. Deletes nothing. */
export function createBeginReclaim({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints' | 'databases' | 'holds'>;
  vault: Pick<Vault, 'read' | 'putOnce' | 'listVersions'>;
  clock: Clock;
  telemetry: Telemetry;
}) {
  // Judgements never change: what one call reads serves the next.
  const contents = createPointContents(dependencies.vault);
  const decideAgain = decideByRetention({ ...dependencies, contents });
  return createTask(telemetry, beginReclaimTask, async ({ recoveryPointId }) => {
    const begun = await beginReclaim({ ...dependencies, decideAgain }, recoveryPointId);
    telemetry.logger.info('second decision', { ...begun });
    return begun;
  });
}
