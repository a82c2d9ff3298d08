import type { Caller } from '../../domain/access.ts';
import { maySee } from '../../domain/access.ts';
import type { MountId } from '../../domain/ids.ts';
import { type Restore, targetOf } from '../../domain/restore.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { findMount, findRecoveryPoint } from '../access/find-owned.ts';
import { listAll } from '../list-all.ts';
import { orderRestore } from './order-restore.ts';

type Order = Parameters<typeof orderRestore>[2];

/**
 * Orders a clone: a restore to `clones/{name}`, which pins its point (`clone:{id}`) until it is dropped or its lease ends.
 * Throws CLONE_EXISTS, and as `orderRestore` does. The store is asked once more: it makes no folder twice.
 */
export async function createClone(
  dependencies: Parameters<typeof orderRestore>[0],
  caller: Caller,
  { name, ...order }: Omit<Order, 'clone'> & { readonly name: string },
): Promise<Restore> {
  const { catalog } = dependencies;
  const { mountId } = await findRecoveryPoint(catalog, caller, order.recoveryPointId);
  const target = order.targetMountId ?? mountId;
  const others = order.idempotency ? [] : await clonesOn(catalog, target);
  const taken = others.find((other) => other.clone?.name === name && targetOf(other).mountId === target);
  if (taken === undefined) return orderRestore(dependencies, caller, { ...order, clone: { name } });
  throw new ServiceError(
    'CLONE_EXISTS',
    `mount ${target} has a clone "${name}" already (${taken.restoreId})`,
    {
      details: { restoreId: taken.restoreId },
    },
  );
}

/** The clones of a mount's points and those that lie on it, as far as the caller may see them, oldest first. */
export async function listClones(
  { catalog }: { readonly catalog: Pick<Catalog, 'mounts' | 'restores'> },
  caller: Caller,
  mountId: MountId,
): Promise<Restore[]> {
  await findMount(catalog, caller, mountId);
  const clones = await clonesOn(catalog, mountId);
  return clones.filter((clone) => maySee(caller, targetOf(clone).storeId));
}

/** Found among what is running and what is staged, for there is little of both. */
async function clonesOn({ restores }: Pick<Catalog, 'restores'>, mountId: MountId): Promise<Restore[]> {
  const running = await listAll((page) => restores.listRunning(page));
  const staged = await listAll((page) => restores.listStaged(page));
  const isOfMount = (restore: Restore) =>
    restore.mountId === mountId || targetOf(restore).mountId === mountId;
  const byId = new Map([...running, ...staged].map((restore) => [restore.restoreId, restore]));
  return [...byId.values()]
    .filter((restore) => restore.clone !== undefined && isOfMount(restore))
    .sort((one, other) => (one.restoreId < other.restoreId ? -1 : 1));
}
