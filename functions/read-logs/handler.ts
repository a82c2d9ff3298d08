import { readLogsTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { readLogs } from '../../shared/usecases/databases/read-logs.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** commit-upload: what RMAN's logs say. */
export function createReadLogs({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads'>;
  vault: Pick<Vault, 'read' | 'putOnce'>;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, readLogsTask, (run) => readLogs(dependencies, run));
}
