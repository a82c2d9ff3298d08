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
    const { rebuilt, inStep } = progress;
    telemetry.logger.info('mounts rebuilt', { rebuilt, inStep });
    for (const { mountId, code, message } of progress.failed) {
      telemetry.logger.error('mount not rebuilt', { mountId, code, reason: message });
    }
    const failed = progress.failed.map((each) => ({ ...each, message: each.message.slice(0, 200) }));
    return { ...progress, failed };
  });
}
