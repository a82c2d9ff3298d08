import type { MountId, RestoreId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import { isLive, type RecoveryPoint } from '../../domain/recovery-point.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { noteDatabases } from '../databases/note-databases.ts';
import { listAll } from '../list-all.ts';

/**
 * Restores that a catalog from the past knows: the pins that they work under are void. They are found by these pins, for an index
 * of restores may be behind; none is added once the mount is marked.
 */
export async function endRestores(
  catalog: Pick<Catalog, 'restores' | 'recoveryPoints'>,
  mountId: MountId,
  at: Instant,
): Promise<void> {
  const line = await listAll((page) => catalog.recoveryPoints.line({ mountId }, page));
  const pins = line.flatMap((each) => each.pins);
  for (const pin of pins) {
    const restoreId = restorePin.exec(pin)?.[1];
    // Clones that are there stay; the watch pins their points again.
    const restore = restoreId && (await catalog.restores.find(restoreId as RestoreId));
    const reason = 'the catalog was rebuilt: order the restore again';
    if (restore) await catalog.restores.end(restore, { state: 'failed', at, reason });
  }
}

const restorePin = /^(?:restore|clone):(.*)$/;

const lost = ['VAULT_OBJECT_MISSING', 'VAULT_OBJECT_DAMAGED', 'VAULT_FORMAT_UNSUPPORTED'];

/** Lets the points be found under their databases. A file map that cannot be read leaves its point to be found by its mount. */
export async function noteAllDatabases(
  dependencies: { readonly catalog: Pick<Catalog, 'databases'>; readonly vault: Pick<Vault, 'read'> },
  points: readonly RecoveryPoint[],
): Promise<void> {
  for (const point of points.filter(({ state }) => isLive(state))) {
    try {
      await noteDatabases(dependencies, point);
    } catch (error) {
      if (!(error instanceof ServiceError && lost.includes(error.code))) throw error;
    }
  }
}
