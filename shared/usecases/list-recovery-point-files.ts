import type { Caller } from '../domain/access.ts';
import type { UploadId } from '../domain/ids.ts';
import { comparePaths } from '../domain/vault/entry-path.ts';
import { formatVaultKey } from '../domain/vault/keys.ts';
import { readManifest } from '../domain/vault/manifest-reader.ts';
import type { ManifestEntry } from '../domain/vault/manifest-rows.ts';
import { ServiceError } from '../errors.ts';
import type { Catalog, Page, PageRequest } from '../ports/catalog.ts';
import type { Vault } from '../ports/vault.ts';
import { findRecoveryPoint } from './find-owned.ts';

/**
 * The cursor is the path after which the page begins: manifests never change, so it never skips or repeats. The mark
 * before it tells it from other lists' cursors, and keeps the cursor after the root, whose path is empty, from being so.
 */
const encodeCursor = (path: Buffer): string => `${cursorMark}${path.toString('base64url')}`;
const cursorMark = 'after-';

/** Entries of the point's tree in the manifest's order: a folder, then what is in it. */
export async function listRecoveryPointFiles(
  { catalog, vault }: { catalog: Pick<Catalog, 'recoveryPoints'>; vault: Pick<Vault, 'read'> },
  caller: Caller,
  recoveryPointId: UploadId,
  { limit, cursor }: PageRequest,
): Promise<Page<ManifestEntry>> {
  const point = await findRecoveryPoint(catalog, caller, recoveryPointId);
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  const { mountId, manifestSha256: sha256 } = point;
  const key = formatVaultKey({ kind: 'manifest', mountId, uploadId: recoveryPointId, sha256 });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  const items: ManifestEntry[] = [];
  for await (const row of readManifest(source, key)) {
    if (row.row !== 'entry') continue;
    if (after !== undefined && comparePaths(row.entry.path, after) <= 0) continue;
    const last = items.at(-1);
    if (items.length === limit && last !== undefined) return { items, cursor: encodeCursor(last.path) };
    items.push(row.entry);
  }
  return { items };
}

function decodeCursor(cursor: string): Buffer {
  const path = Buffer.from(cursor.slice(cursorMark.length), 'base64url');
  if (encodeCursor(path) === cursor) return path;
  throw new ServiceError('PAGE_CURSOR_INVALID', 'the cursor is not one of this list');
}
