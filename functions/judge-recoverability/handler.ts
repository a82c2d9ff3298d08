import { judgeRecoverabilityTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { judgeRecoverability } from '../../shared/usecases/databases/judge-recoverability.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** commit-upload: what can be restored of each database. */
export function createJudgeRecoverability({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads'>;
  vault: Pick<Vault, 'read' | 'putOnce'>;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, judgeRecoverabilityTask, async (run) => {
    const judging = await judgeRecoverability(dependencies, run);
    if (judging.state === 'failed') telemetry.logger.error('point not judged', { ...run, ...judging });
    return judging;
  });
}
