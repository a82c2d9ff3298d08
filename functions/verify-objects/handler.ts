import type { Logger } from '@aws-lambda-powertools/logger';
import { verifyObjectsInput } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { verifyObjects } from '../../shared/usecases/verify-objects.ts';
import { createTask } from '../runtime/task.ts';

/** commit-upload: the stored objects, some pages of the listing a call. */
export function createVerifyObjects({
  logger,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads'>;
  vault: Pick<Vault, 'read' | 'listVersions' | 'head'>;
  logger: Logger;
}) {
  return createTask(logger, verifyObjectsInput, (run) => verifyObjects(dependencies, run));
}
