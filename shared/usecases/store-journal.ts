import type { MountId } from '../domain/ids.ts';
import type { JournalEntry } from '../domain/journal.ts';
import { formatVaultKey } from '../domain/vault/keys.ts';
import { ServiceError } from '../errors.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Vault } from '../ports/vault.ts';

const entriesPerRead = 100;

/**
 * Brings the mount's outbox to the vault, strictly in order (PROTOCOL 15). Several runs at once and runs cut off
 * anywhere do no harm: an entry's bytes are fixed. Other bytes under its number mean that this catalog is from the past:
 * JOURNAL_FORKED, and nothing of the mount is acknowledged any more.
 */
export async function storeJournal(
  { catalog, vault }: { catalog: Pick<Catalog, 'outbox'>; vault: Pick<Vault, 'putOnce'> },
  mountId: MountId,
): Promise<{ stored: number }> {
  let stored = 0;
  for (;;) {
    const entries = await catalog.outbox.pending(mountId, entriesPerRead);
    if (entries.length === 0) return { stored };
    for (const entry of entries) {
      await storeEntry(vault, entry);
      await catalog.outbox.markStored(entry);
      stored++;
    }
  }
}

async function storeEntry(vault: Pick<Vault, 'putOnce'>, entry: JournalEntry): Promise<void> {
  const { mountId, number } = entry;
  const key = formatVaultKey({ kind: 'journal', mountId, number });
  const bytes = Buffer.from(entry.bytes);
  const result = await vault.putOnce(key, bytes);
  if (result.outcome === 'stored' || bytes.equals(result.bytes)) return;
  throw new ServiceError('JOURNAL_FORKED', `the vault has another entry at ${key}`, {
    details: { mountId, number },
  });
}
