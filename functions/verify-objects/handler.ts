import { verifyObjectsTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { verifyObjects } from '../../shared/usecases/commit/verify-objects.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** commit-upload: the stored objects, some pages of the listing a call. */
export function createVerifyObjects({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads'>;
  vault: Pick<Vault, 'read' | 'listVersions' | 'head'>;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, verifyObjectsTask, (run) => verifyObjects(dependencies, run));
}
