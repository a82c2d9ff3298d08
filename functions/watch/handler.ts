import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Events } from '../../shared/ports/events.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import type { Workflows } from '../../shared/ports/workflows.ts';
import { watchJournals } from '../../shared/usecases/watch-journals.ts';
import { watchRestores } from '../../shared/usecases/watch-restores.ts';
import { watchUploads } from '../../shared/usecases/watch-uploads.ts';
import { createTask } from '../runtime/task.ts';

/** Every few minutes: moves on what a crash left behind. */
export function createWatch({
  logger,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads' | 'restores' | 'mounts' | 'outbox'>;
  vault: Pick<Vault, 'putOnce'>;
  workflows: Workflows;
  events: Events;
  clock: Clock;
  logger: Logger;
}) {
  const onError = (mountId: string, error: unknown) =>
    logger.error('journal not stored', { mountId, error: error as Error });
  return createTask(logger, z.unknown(), async () => {
    const uploads = await watchUploads(dependencies);
    const restores = await watchRestores(dependencies);
    const journals = await watchJournals({ ...dependencies, onError });
    const found = { uploads, restores, journals };
    logger.info('watched', found);
    return found;
  });
}
