import { createHash } from 'node:crypto';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import type { ManifestHeader, MapRow } from '../../domain/vault/manifest-rows.ts';
import { openBundle, openSegment } from '../../domain/vault/map-bundle.ts';
import { refKey } from '../../domain/vault/pack-ref.ts';
import { ServiceError } from '../../errors.ts';
import type { Vault } from '../../ports/vault.ts';

/** What a commit needs of a map bundle: which segments it holds and which packs each names. */
export interface MapFacts {
  readonly row: MapRow;
  /** By place in the bundle. */
  readonly segments: ReadonlyMap<number, { readonly sha256: string; readonly packs: readonly string[] }>;
}

/**
 * Reads a map bundle and checks that every segment names the packs that the bundle's directory says, because from then
 * on reclaiming goes by directories alone. A bundle has a few MiB, so it is read whole. That one is encrypted with the
 * data key that the manifest names is checked; that it is authentic only those with the key can tell.
 */
export async function readMapFacts(
  vault: Pick<Vault, 'read'>,
  { mountId, encryption }: Pick<ManifestHeader, 'encryption' | 'mountId'>,
  row: MapRow,
): Promise<MapFacts> {
  const { owner: uploadId, number, sha256 } = row;
  const key = formatVaultKey({ kind: 'map', mountId, uploadId, number, sha256 });
  const bytes = await readWhole(vault, key, row.storedBytes);
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw new ServiceError('COMMIT_OBJECT_MISMATCH', `${key} does not have the hash in its name`);
  }
  const segments = openBundle(bytes, key, row.tableSha256, encryption).map((entry, index) => {
    openSegment(
      entry,
      bytes.subarray(entry.offset, entry.offset + entry.storedBytes),
      `${key} segment ${index}`,
    );
    return [index, { sha256: entry.sha256, packs: entry.packs.map(refKey) }] as const;
  });
  return { row, segments: new Map(segments) };
}

async function readWhole(vault: Pick<Vault, 'read'>, key: string, expectedBytes: number): Promise<Buffer> {
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('COMMIT_OBJECT_MISSING', `${key} is not in the vault`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > expectedBytes) break;
    chunks.push(chunk);
  }
  if (length === expectedBytes) return Buffer.concat(chunks);
  throw new ServiceError(
    'COMMIT_OBJECT_MISMATCH',
    `${key} does not have the ${expectedBytes} bytes of its row`,
  );
}
