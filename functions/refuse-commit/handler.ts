import { refuseCommitTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import { refuseCommit } from '../../shared/usecases/commit/refuse-commit.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** commit-upload: opens the upload again with the reason, unless its point was recorded. */
export function createRefuseCommit({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads'>;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, refuseCommitTask, async (run) => {
    const { committed } = await refuseCommit(dependencies, run);
    const said = { code: run.code, reason: run.message };
    if (committed) telemetry.logger.warn('commit failed after its record', said);
    else {
      telemetry.logger.warn('commit refused', said);
      telemetry.measure({ RefusedCommits: 1 });
    }
    return { committed };
  });
}
