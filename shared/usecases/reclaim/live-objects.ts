import type { DamagedObject } from '../../domain/damage.ts';
import type { MountId } from '../../domain/ids.ts';
import { isLive, type RecoveryPoint } from '../../domain/recovery-point.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { hasCode } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { listAll } from '../list-all.ts';
import { readTables } from './read-tables.ts';

/** Sizes of objects by their keys. */
export type ObjectSizes = Map<string, number>;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read'>;
}

/**
 * Every object that a live point of the mount names, from the tables themselves; only those behind `after`, when given. The line
 * is read from its beginning to its end: a child names nothing but what its parent names, so whoever is committed
 * meanwhile adds nothing to what is known of older objects. `onLost` is told of tables that the vault has lost; without it they
 * are an error, for what they named may be anything.
 *
 * Takes some 200 bytes for each object, a few hundred MB for a mount of 16 TB.
 */
export async function readLiveObjects(
  dependencies: Dependencies,
  mountId: MountId,
  { after = '', onLost }: { readonly after?: string; readonly onLost?: (lost: DamagedObject) => void } = {},
): Promise<ObjectSizes> {
  const { catalog } = dependencies;
  const all: ObjectSizes = new Map();
  for (const { point } of await listAll((page) => catalog.recoveryPoints.line({ mountId }, page))) {
    if (!isLive(point.state)) continue;
    const { objects, lost, error } = await readNeeded(dependencies, point);
    if (lost !== undefined) {
      if (onLost === undefined) throw error;
      onLost(lost);
    }
    for (const [key, sizeBytes] of objects) if (key > after) all.set(key, sizeBytes);
  }
  return all;
}

/** Objects that a live point names; none for one that has gone since it was read. `lost`: its manifest, which is missing or changed. */
export async function readNeeded(
  { vault, catalog }: Dependencies,
  point: RecoveryPoint,
): Promise<{ readonly objects: ObjectSizes; readonly lost?: DamagedObject; readonly error?: unknown }> {
  const objects: ObjectSizes = new Map();
  try {
    for await (const { key, sizeBytes } of readTables(vault, point)) objects.set(key, sizeBytes);
    return { objects };
  } catch (error) {
    const now = await catalog.recoveryPoints.find(point.recoveryPointId);
    if (now === undefined || !isLive(now.state)) return { objects: new Map() };
    const isMissing = hasCode(error, 'VAULT_OBJECT_MISSING');
    if (!isMissing && !hasCode(error, 'VAULT_OBJECT_DAMAGED')) throw error;
    const { mountId, recoveryPointId: uploadId, manifestSha256: sha256 } = point;
    const key = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256 });
    return { objects: new Map(), lost: { key, found: isMissing ? 'missing' : 'changed' }, error };
  }
}
