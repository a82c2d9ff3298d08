import { storeJournalTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { storeJournal } from '../../shared/usecases/journal/store-journal.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** commit-upload: brings the outbox of the mount to the vault. */
export function createStoreJournal({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'outbox'>;
  vault: Pick<Vault, 'putOnce'>;
  clock: Clock;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, storeJournalTask, async ({ mountId }) => {
    const { stored } = await storeJournal(dependencies, mountId);
    telemetry.measure({ JournalEntriesStored: stored });
    return { stored };
  });
}
