import type { Caller } from '../../domain/access.ts';
import type { MountId } from '../../domain/ids.ts';
import type { Restore } from '../../domain/restore.ts';
import { orderRestore, requireOrderable } from './order-restore.ts';

type Order = Parameters<typeof orderRestore>[2];

/**
 * Orders one point to several mounts at once, a restore each: all are checked before the first is ordered. Where one is
 * refused after all, because something changed meanwhile, those ordered before it stand; the same request again, with the
 * same key, orders the rest. Throws as `orderRestore` does.
 */
export async function orderRestores(
  dependencies: Parameters<typeof orderRestore>[0],
  caller: Caller,
  { targetMountIds, idempotency, ...order }: Order & { readonly targetMountIds: readonly MountId[] },
): Promise<Restore[]> {
  for (const targetMountId of targetMountIds) {
    await requireOrderable(dependencies.catalog, caller, { ...order, targetMountId });
  }
  const restores: Restore[] = [];
  for (const targetMountId of targetMountIds) {
    const key = idempotency && { ...idempotency, key: `${idempotency.key} ${targetMountId}` };
    restores.push(await orderRestore(dependencies, caller, { ...order, targetMountId, idempotency: key }));
  }
  return restores;
}
