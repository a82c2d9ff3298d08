import { verifyManifestTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { verifyManifest } from '../../shared/usecases/commit/verify-manifest.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** commit-upload: the manifest and its tables. */
export function createVerifyManifest({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads'>;
  vault: Pick<Vault, 'read'>;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, verifyManifestTask, (run) => verifyManifest(dependencies, run));
}
