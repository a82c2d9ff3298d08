import { buildFileMapTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { buildFileMap } from '../../shared/usecases/databases/build-file-map.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** commit-upload: which file belongs to which database. */
export function createBuildFileMap({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads' | 'mounts' | 'recoveryPoints'>;
  vault: Pick<Vault, 'read' | 'putOnce'>;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, buildFileMapTask, async (run) => {
    const { fileMap, warnings } = await buildFileMap(dependencies, run);
    return { fileMap, warnings: [...warnings] };
  });
}
