import type { Caller } from '../../domain/access.ts';
import type { FileMap } from '../../domain/file-map/file-map.ts';
import { claimedPaths } from '../../domain/file-map/list-files.ts';
import { textOf } from '../../domain/file-map/snapshot-scan.ts';
import type { UploadId } from '../../domain/ids.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { readManifest } from '../../domain/vault/manifest-reader.ts';
import type { ManifestEntry } from '../../domain/vault/manifest-rows.ts';
import { ServiceError } from '../../errors.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { findRecoveryPoint } from '../access/find-owned.ts';
import { readMap } from './stored-maps.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read'>;
}

/** An answer has at most 6 MB; a page ends at about so many bytes of JSON. */
const maxPageBytes = 4 * 2 ** 20;

/** Which map a page is of, and how many rows come before it. Maps are never overwritten: a list goes on in the one it began in. */
interface Position {
  readonly number: number;
  readonly before: number;
}

/** A page of rows that `select` finds in the point's map. Throws FILE_MAP_MISSING where there is none. */
export async function listFromMap<Row>(
  dependencies: Dependencies,
  caller: Caller,
  recoveryPointId: UploadId,
  page: PageRequest,
  select: (map: FileMap) => Iterable<Row>,
): Promise<Page<Row> & { readonly map: FileMap }> {
  const { catalog, vault } = dependencies;
  const point = await findRecoveryPoint(catalog, caller, recoveryPointId);
  const { number, before } = positionIn(point, page.cursor);
  const map = await readMap(vault, { ...point, number });
  const found = takePage(select(map), { number, before }, page.limit, (row) => JSON.stringify(row).length);
  return { ...found, map };
}

/** The files that nothing claims, in the manifest's order. */
export async function listAdditionalFiles(
  { catalog, vault }: Dependencies,
  caller: Caller,
  recoveryPointId: UploadId,
  page: PageRequest,
): Promise<Page<ManifestEntry>> {
  const point = await findRecoveryPoint(catalog, caller, recoveryPointId);
  const { number, before } = positionIn(point, page.cursor);
  const claimed = claimedPaths(await readMap(vault, { ...point, number }));
  const { mountId, manifestSha256: sha256 } = point;
  const key = formatVaultKey({ kind: 'manifest', mountId, uploadId: recoveryPointId, sha256 });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  const items: ManifestEntry[] = [];
  let rows = 0;
  let bytes = 0;
  for await (const row of readManifest(source, key)) {
    if (row.row !== 'entry' || !isAdditional(row.entry, claimed)) continue;
    rows++;
    if (rows <= before) continue;
    bytes += 6 * row.entry.path.length + 200;
    const isFull = items.length === page.limit || bytes > maxPageBytes;
    if (isFull && items.length > 0) return { items, cursor: encodeCursor({ number, before: rows - 1 }) };
    items.push(row.entry);
  }
  return { items };
}

function isAdditional({ type, path }: ManifestEntry, claimed: ReadonlySet<string>): boolean {
  return (type === 'file' || type === 'hardlink') && !claimed.has(textOf(path) ?? '');
}

function takePage<Row>(
  rows: Iterable<Row>,
  { number, before }: Position,
  limit: number,
  bytesOf: (row: Row) => number,
): Page<Row> {
  const items: Row[] = [];
  let index = 0;
  let bytes = 0;
  for (const row of rows) {
    index++;
    if (index <= before) continue;
    bytes += bytesOf(row);
    const isFull = items.length === limit || bytes > maxPageBytes;
    if (isFull && items.length > 0) return { items, cursor: encodeCursor({ number, before: index - 1 }) };
    items.push(row);
  }
  return { items };
}

const encodeCursor = ({ number, before }: Position): string => `map-${number}-row-${before}`;

function positionIn({ recoveryPointId, fileMap }: RecoveryPoint, cursor: string | undefined): Position {
  if (fileMap?.state !== 'stored') {
    const why = fileMap === undefined ? 'it was made before there were maps' : fileMap.reason;
    throw new ServiceError('FILE_MAP_MISSING', `recovery point ${recoveryPointId} has no file map: ${why}`);
  }
  if (cursor === undefined) return { number: fileMap.number, before: 0 };
  const [, number, before] = /^map-([1-9]\d{0,7})-row-([1-9]\d{0,14})$/.exec(cursor) ?? [];
  if (Number(number) <= fileMap.number) return { number: Number(number), before: Number(before) };
  throw new ServiceError('PAGE_CURSOR_INVALID', 'the cursor is not one of this list');
}
