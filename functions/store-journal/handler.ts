import type { Logger } from '@aws-lambda-powertools/logger';
import { mountInput } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { storeJournal } from '../../shared/usecases/store-journal.ts';
import { createTask } from '../runtime/task.ts';

/** commit-upload: brings the outbox of the mount to the vault. */
export function createStoreJournal({
  logger,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'outbox'>;
  vault: Pick<Vault, 'putOnce'>;
  logger: Logger;
}) {
  return createTask(logger, mountInput, ({ mountId }) => storeJournal(dependencies, mountId));
}
