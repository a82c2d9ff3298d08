import { rebuildCatalogTask } from '../../shared/contracts/workflow-state.ts';
import {
  type RebuildDependencies,
  rebuildCatalog,
} from '../../shared/usecases/catalog-rebuild/rebuild-catalog.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** rebuild-catalog: some mounts from the vault. */
export function createRebuildCatalog({
  telemetry,
  ...dependencies
}: RebuildDependencies & { readonly telemetry: Telemetry }) {
  return createTask(telemetry, rebuildCatalogTask, async (run) => {
    const progress = await rebuildCatalog(dependencies, run);
    telemetry.logger.info('mounts rebuilt', { ...progress });
    const failed = progress.failed.map((each) => ({ ...each, message: each.message.slice(0, 200) }));
    return { ...progress, failed };
  });
}
