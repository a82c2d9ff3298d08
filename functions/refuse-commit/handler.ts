import { refuseCommitTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import { refuseCommit } from '../../shared/usecases/refuse-commit.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** commit-upload: opens the upload again with the reason. */
export function createRefuseCommit({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads'>;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, refuseCommitTask, async (run) => {
    await refuseCommit(dependencies, run);
    telemetry.logger.warn('commit refused', { code: run.code, reason: run.message });
    telemetry.measure({ RefusedCommits: 1 });
  });
}
