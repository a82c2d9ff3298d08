import type { Mount } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { readJournal } from './read-journal.ts';

/**
 * Whether the catalog has all that the vault has of the mount, and goes on from there: its journal may be ahead by what
 * waits in the outbox. Throws JOURNAL_BROKEN when the vault lacks what was stored.
 */
export async function isInStep(
  { catalog, vault }: { catalog: Pick<Catalog, 'outbox'>; vault: Pick<Vault, 'listVersions' | 'read'> },
  { mountId, journal, diverged }: Mount,
): Promise<boolean> {
  const stored = await readJournal(vault, mountId);
  if (stored.length < journal.stored) {
    throw new ServiceError(
      'JOURNAL_BROKEN',
      `mount ${mountId}: the catalog knows of ${journal.stored} journal entries, and the vault has ${stored.length}`,
      { details: { mountId } },
    );
  }
  if (diverged !== undefined || journal.number < stored.length) return false;
  const last = stored.at(-1);
  if (journal.number === stored.length) return last?.sha256 === journal.hash;
  const pending = await catalog.outbox.pending(mountId, journal.number - journal.stored);
  const next = pending.find(({ number }) => number === stored.length + 1);
  if (next === undefined || last === undefined) return stored.length === 0;
  return (JSON.parse(next.bytes) as { previousSha256: string }).previousSha256 === last.sha256;
}
