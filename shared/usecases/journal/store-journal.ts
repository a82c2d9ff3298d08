import type { MountId } from '../../domain/ids.ts';
import type { JournalEntry } from '../../domain/journal.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';

const entriesPerRead = 100;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'outbox'>;
  readonly vault: Pick<Vault, 'putOnce'>;
  readonly clock: Clock;
}

/**
 * Brings the mount's outbox to the vault, strictly in order (PROTOCOL 15), up to the entry `upTo`. Several runs at once
 * and runs cut off anywhere do no harm: an entry's bytes are fixed. Other bytes under its number mean that this catalog
 * is from the past: the mount is marked, so that all of it stands still, and JOURNAL_FORKED is thrown.
 */
export async function storeJournal(
  dependencies: Dependencies,
  mountId: MountId,
  upTo = Number.POSITIVE_INFINITY,
): Promise<{ stored: number }> {
  const { catalog } = dependencies;
  let stored = 0;
  for (;;) {
    const pending = await catalog.outbox.pending(mountId, entriesPerRead);
    const entries = pending.filter(({ number }) => number <= upTo);
    if (entries.length === 0) return { stored };
    for (const entry of entries) {
      await storeEntry(dependencies, entry);
      await catalog.outbox.markStored(entry);
      stored++;
    }
  }
}

async function storeEntry({ catalog, vault, clock }: Dependencies, entry: JournalEntry): Promise<void> {
  const { mountId, number } = entry;
  const key = formatVaultKey({ kind: 'journal', mountId, number });
  const bytes = Buffer.from(entry.bytes);
  const result = await vault.putOnce(key, bytes);
  if (result.outcome === 'stored' || bytes.equals(result.bytes)) return;
  await catalog.outbox.markDiverged(mountId, { number, at: clock.now() });
  throw new ServiceError('JOURNAL_FORKED', `the vault has another entry at ${key}`, {
    details: { mountId, number },
  });
}
