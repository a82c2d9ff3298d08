import type { Logger } from '@aws-lambda-powertools/logger';
import { commitRun } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { verifyManifest } from '../../shared/usecases/verify-manifest.ts';
import { createTask } from '../runtime/task.ts';

/** commit-upload: the manifest and its tables. */
export function createVerifyManifest({
  logger,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads'>;
  vault: Pick<Vault, 'read'>;
  logger: Logger;
}) {
  return createTask(logger, commitRun, (run) => verifyManifest(dependencies, run));
}
