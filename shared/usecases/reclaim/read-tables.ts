import { createHash } from 'node:crypto';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { damaged } from '../../domain/vault/errors.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { readManifest } from '../../domain/vault/manifest-reader.ts';
import { ServiceError } from '../../errors.ts';
import type { Vault } from '../../ports/vault.ts';

export interface NamedObject {
  readonly kind: 'pack' | 'map' | 'log' | 'manifest';
  readonly key: string;
  readonly sizeBytes: number;
}

/**
 * Every object that a point names, its manifest among them, as it streams by. The manifest is read to its end and must be
 * the one that was committed: a table that is missing, cut off or another one throws, and is never taken for an empty one.
 */
export async function* readTables(
  vault: Pick<Vault, 'read'>,
  point: Pick<RecoveryPoint, 'mountId' | 'recoveryPointId' | 'manifestSha256' | 'manifestBytes'>,
): AsyncGenerator<NamedObject> {
  const { mountId, recoveryPointId, manifestSha256: sha256, manifestBytes } = point;
  const key = formatVaultKey({ kind: 'manifest', mountId, uploadId: recoveryPointId, sha256 });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  const hash = createHash('sha256');
  for await (const row of readManifest(hashed(source, hash), key)) {
    if (row.row === 'object') {
      const { kind, owner: uploadId, number, sha256: ofObject, storedBytes: sizeBytes } = row.object;
      yield { kind, key: formatVaultKey({ kind, mountId, uploadId, number, sha256: ofObject }), sizeBytes };
    } else if (row.row === 'log') {
      const { number, sha256: ofLog, storedBytes: sizeBytes } = row.log;
      const log = formatVaultKey({ kind: 'log', mountId, uploadId: recoveryPointId, number, sha256: ofLog });
      yield { kind: 'log', key: log, sizeBytes };
    }
  }
  if (hash.digest('hex') !== sha256) throw damaged(key, 'is not the manifest that was committed');
  yield { kind: 'manifest', key, sizeBytes: manifestBytes };
}

async function* hashed(source: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>) {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Keys of the packs and map bundles that a point names; none for no point. */
export async function readReferences(
  vault: Pick<Vault, 'read'>,
  point: RecoveryPoint | undefined,
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  if (point === undefined) return keys;
  for await (const { kind, key } of readTables(vault, point)) {
    if (kind === 'pack' || kind === 'map') keys.add(key);
  }
  return keys;
}
