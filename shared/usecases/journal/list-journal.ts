import type { Caller } from '../../domain/access.ts';
import type { MountId } from '../../domain/ids.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { findMount } from '../access/find-owned.ts';

/** The bytes of an entry in the vault, as text. */
interface StoredEntry {
  readonly number: number;
  readonly bytes: string;
}

/** Lambda answers with 6 MB at most, in which each quote of an entry takes two bytes. */
const maxPageBytes = 2_000_000;
/** Entries read at once. */
const parallelReads = 25;

/**
 * A page of what the vault has of the mount's journal, in order: the exact bytes, over which the chain of hashes goes. A page
 * may have fewer entries than asked for. Throws MOUNT_NOT_FOUND, PAGE_CURSOR_INVALID, JOURNAL_BROKEN.
 */
export async function listJournal(
  { catalog, vault }: { catalog: Pick<Catalog, 'mounts'>; vault: Pick<Vault, 'read'> },
  caller: Caller,
  mountId: MountId,
  { limit, cursor }: PageRequest,
): Promise<Page<StoredEntry>> {
  const { journal } = await findMount(catalog, caller, mountId);
  const after = cursor === undefined ? 0 : readCursor(cursor, journal.stored);
  const last = Math.min(after + limit, journal.stored);
  const items: StoredEntry[] = [];
  let bytes = 0;
  while (after + items.length < last && bytes < maxPageBytes) {
    const from = after + items.length + 1;
    const length = Math.min(parallelReads, last - from + 1);
    const numbers = Array.from({ length }, (_, index) => from + index);
    const read = await Promise.all(numbers.map((number) => readEntry(vault, mountId, number)));
    items.push(...read);
    bytes += read.reduce((sum, entry) => sum + entry.bytes.length, 0);
  }
  const end = after + items.length;
  return end < journal.stored ? { items, cursor: String(end) } : { items };
}

/** The number of the page's last entry: entries are never taken away or changed. */
function readCursor(cursor: string, stored: number): number {
  if (/^[1-9]\d{0,11}$/.test(cursor) && Number(cursor) <= stored) return Number(cursor);
  throw new ServiceError('PAGE_CURSOR_INVALID', 'the cursor is not one of this list');
}

async function readEntry(vault: Pick<Vault, 'read'>, mountId: MountId, number: number): Promise<StoredEntry> {
  const source = await vault.read(formatVaultKey({ kind: 'journal', mountId, number }));
  if (source === undefined) {
    throw new ServiceError(
      'JOURNAL_BROKEN',
      `journal entry ${number} of mount ${mountId} is not in the vault`,
      {
        details: { mountId, number },
      },
    );
  }
  return { number, bytes: Buffer.concat(await Array.fromAsync(source)).toString('utf8') };
}
