import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { listAll } from '../list-all.ts';
import { storeJournal } from './store-journal.ts';

/**
 * Stores what crashes left in the outboxes. A fork of one mount's journal must not keep the others waiting: it is
 * counted and logged by the caller, and the mount stays unacknowledged.
 */
export async function watchJournals({
  catalog,
  vault,
  clock,
  onError,
}: {
  catalog: Pick<Catalog, 'mounts' | 'outbox'>;
  vault: Pick<Vault, 'putOnce'>;
  clock: Clock;
  onError: (mountId: string, error: unknown) => void;
}): Promise<{ stored: number; failed: number }> {
  const mounts = await listAll((page) => catalog.mounts.list({}, page));
  let stored = 0;
  let failed = 0;
  for (const { mountId } of mounts.filter(({ journal }) => journal.stored < journal.number)) {
    try {
      stored += (await storeJournal({ catalog, vault, clock }, mountId)).stored;
    } catch (error) {
      failed++;
      onError(mountId, error);
    }
  }
  return { stored, failed };
}
