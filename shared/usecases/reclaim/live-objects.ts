import type { MountId } from '../../domain/ids.ts';
import { isLive, type RecoveryPoint } from '../../domain/recovery-point.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { listAll } from '../list-all.ts';
import { readTables } from './read-tables.ts';

/** Sizes of objects by their keys. */
export type ObjectSizes = Map<string, number>;

/**
 * Every object that a live point of the mount names, from the tables themselves; only those behind `after`, when given. The line
 * is read from its beginning to its end: a child names nothing but what its parent names, so whoever is committed
 * meanwhile adds nothing to what is known of older objects.
 *
 * Takes some 200 bytes for each object, a few hundred MB for a mount of 16 TB.
 */
export async function readLiveObjects(
  {
    catalog,
    vault,
  }: {
    readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints'>;
    readonly vault: Pick<Vault, 'read'>;
  },
  mountId: MountId,
  after = '',
): Promise<ObjectSizes> {
  const objects: ObjectSizes = new Map();
  for (const { point } of await listAll((page) => catalog.recoveryPoints.line({ mountId }, page))) {
    if (!isLive(point.state)) continue;
    for (const [key, sizeBytes] of await tablesOf(vault, catalog, point)) {
      if (key > after) objects.set(key, sizeBytes);
    }
  }
  return objects;
}

/** None for a point that has gone since the line was read: its tables may be gone too. */
async function tablesOf(
  vault: Pick<Vault, 'read'>,
  catalog: Pick<Catalog, 'recoveryPoints'>,
  point: RecoveryPoint,
): Promise<ObjectSizes> {
  const objects: ObjectSizes = new Map();
  try {
    for await (const { key, sizeBytes } of readTables(vault, point)) objects.set(key, sizeBytes);
    return objects;
  } catch (error) {
    const now = await catalog.recoveryPoints.find(point.recoveryPointId);
    if (now !== undefined && isLive(now.state)) throw error;
    return new Map();
  }
}
