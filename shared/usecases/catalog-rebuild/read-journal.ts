import type { MountId } from '../../domain/ids.ts';
import { type ReadEntry, readEntry } from '../../domain/journal/read-entry.ts';
import { journalStart } from '../../domain/journal.ts';
import { formatVaultKey, journalPrefix, parseVaultKey } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { StoredVersion, Vault } from '../../ports/vault.ts';

/** Entries are small: the time goes into the round trips. */
const parallelReads = 32;

type JournalVault = Pick<Vault, 'listVersions' | 'read'>;

/**
 * The whole journal of a mount, checked strictly: numbers from 1 without gaps, one version of each, every entry following
 * the one before. Throws JOURNAL_BROKEN, naming the mount and the entry.
 */
export async function readJournal(vault: JournalVault, mountId: MountId): Promise<ReadEntry[]> {
  const last = await countEntries(vault, mountId);
  const entries: ReadEntry[] = [];
  for (let from = 1; from <= last; from += parallelReads) {
    const numbers = Array.from(
      { length: Math.min(parallelReads, last - from + 1) },
      (_, index) => from + index,
    );
    const texts = await Promise.all(numbers.map((number) => readText(vault, mountId, number)));
    for (const text of texts) entries.push(readNext(mountId, text, entries.at(-1)));
  }
  return entries;
}

function readNext(mountId: MountId, text: string, before: ReadEntry | undefined): ReadEntry {
  try {
    return readEntry(text, before ? { number: before.number, hash: before.sha256 } : journalStart);
  } catch (error) {
    throw broken(mountId, error instanceof Error ? error.message : String(error));
  }
}

/** How many there are, once it is sure that none is missing or hidden. */
async function countEntries(vault: JournalVault, mountId: MountId): Promise<number> {
  const prefix = journalPrefix(mountId);
  let last = 0;
  let after: Parameters<Vault['listVersions']>[0]['after'];
  do {
    const page = await vault.listVersions({ prefix, ...(after && { after }) });
    for (const version of page.versions) {
      requireNext(mountId, version, last + 1);
      last++;
    }
    after = page.next;
  } while (after !== undefined);
  return last;
}

function requireNext(mountId: MountId, { key, isDeleteMarker }: StoredVersion, number: number): void {
  const parsed = parseVaultKey(key);
  if (parsed?.kind !== 'journal') throw broken(mountId, `${key} is no entry of a journal`);
  if (isDeleteMarker) throw broken(mountId, `journal entry ${parsed.number} is hidden by a delete marker`);
  if (parsed.number < number) throw broken(mountId, `journal entry ${parsed.number} has several versions`);
  if (parsed.number > number) throw broken(mountId, `journal entry ${number} is missing`);
}

async function readText(vault: JournalVault, mountId: MountId, number: number): Promise<string> {
  const source = await vault.read(formatVaultKey({ kind: 'journal', mountId, number }));
  if (source === undefined) throw broken(mountId, `journal entry ${number} is missing`);
  return Buffer.concat(await Array.fromAsync(source)).toString('utf8');
}

const broken = (mountId: MountId, why: string) =>
  new ServiceError('JOURNAL_BROKEN', `mount ${mountId}: ${why}`, { details: { mountId } });
