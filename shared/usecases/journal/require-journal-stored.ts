import type { MountId } from '../../domain/ids.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { storeJournal } from './store-journal.ts';

/**
 * What comes before every acknowledgement and before the first delete of a reclaim or a sweep (PROTOCOL 15): the entry
 * `number` of the mount lies in the vault when this returns. Throws JOURNAL_PENDING where that is not known (ask again), and
 * JOURNAL_FORKED when the catalog is from the past; whoever is to delete deletes nothing then.
 */
export async function requireJournalStored(
  dependencies: {
    readonly catalog: Pick<Catalog, 'mounts' | 'outbox'>;
    readonly vault: Pick<Vault, 'putOnce'>;
    readonly clock: Clock;
  },
  mountId: MountId,
  number: number,
): Promise<void> {
  await storeJournal(dependencies, mountId, number);
  const mount = await dependencies.catalog.mounts.find(mountId);
  if (mount !== undefined && number <= mount.journal.stored) return;
  throw new ServiceError('JOURNAL_PENDING', `entry ${number} of mount ${mountId} is not in the vault yet`, {
    details: { mountId, number },
  });
}
