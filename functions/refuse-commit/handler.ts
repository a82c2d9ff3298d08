import type { Logger } from '@aws-lambda-powertools/logger';
import { refuseCommitInput } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import { refuseCommit } from '../../shared/usecases/refuse-commit.ts';
import { createTask } from '../runtime/task.ts';

/** commit-upload: opens the upload again with the reason. */
export function createRefuseCommit({
  logger,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads'>;
  logger: Logger;
}) {
  return createTask(logger, refuseCommitInput, (run) => refuseCommit(dependencies, run));
}
