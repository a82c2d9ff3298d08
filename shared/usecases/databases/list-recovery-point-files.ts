import type { Caller } from '../../domain/access.ts';
import type { UploadId } from '../../domain/ids.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { readManifest } from '../../domain/vault/manifest-reader.ts';
import type { ManifestEntry } from '../../domain/vault/manifest-rows.ts';
import { ServiceError } from '../../errors.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { findRecoveryPoint } from '../access/find-owned.ts';

/**
 * The cursor counts the entries of the pages before: manifests never change, so it never skips or repeats, and unlike a
 * path (4 KiB) it fits any URL.
 */
const encodeCursor = (entriesBefore: number): string => `entry-${entriesBefore}`;

/**
 * A page ends early at about so many bytes of JSON: Lambda answers at most 6 MB, and a thousand names of 4 KiB with
 * escaped characters are more.
 */
const maxPageBytes = 4 * 2 ** 20;

/** At most: JSON writes a byte of a name as `\u00xx`; the other fields are short. */
const jsonBytesOf = ({ path }: ManifestEntry): number => 6 * path.length + 200;

/** Entries of the point's tree in the manifest's order: a folder, then what is in it. At least one a page. */
export async function listRecoveryPointFiles(
  { catalog, vault }: { catalog: Pick<Catalog, 'recoveryPoints'>; vault: Pick<Vault, 'read'> },
  caller: Caller,
  recoveryPointId: UploadId,
  { limit, cursor }: PageRequest,
): Promise<Page<ManifestEntry>> {
  const point = await findRecoveryPoint(catalog, caller, recoveryPointId);
  const entriesBefore = cursor === undefined ? 0 : decodeCursor(cursor);
  const { mountId, manifestSha256: sha256 } = point;
  const key = formatVaultKey({ kind: 'manifest', mountId, uploadId: recoveryPointId, sha256 });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  const items: ManifestEntry[] = [];
  let entries = 0;
  let pageBytes = 0;
  for await (const row of readManifest(source, key)) {
    if (row.row !== 'entry') continue;
    entries += 1;
    if (entries <= entriesBefore) continue;
    pageBytes += jsonBytesOf(row.entry);
    const isFull = items.length === limit || pageBytes > maxPageBytes;
    if (isFull && items.length > 0) return { items, cursor: encodeCursor(entries - 1) };
    items.push(row.entry);
  }
  return { items };
}

function decodeCursor(cursor: string): number {
  const entries = Number(/^entry-([1-9]\d{0,14})$/.exec(cursor)?.[1]);
  if (entries > 0) return entries;
  throw new ServiceError('PAGE_CURSOR_INVALID', 'the cursor is not one of this list');
}
