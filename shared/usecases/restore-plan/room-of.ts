import type { Caller } from '../../domain/access.ts';
import type { MountId, StoreId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { findMount } from '../access/find-owned.ts';

/** The mount that files would go to, and the room that its store last reported. */
export interface TargetRoom {
  readonly mountId: MountId;
  readonly storeId: StoreId;
  readonly freeBytes?: number;
  readonly reportedAt?: Instant;
  readonly isShort: boolean;
}

/** Throws MOUNT_NOT_FOUND. Where the store has not reported any figure, nothing is short. */
export async function roomOf(
  catalog: Pick<Catalog, 'mounts'>,
  caller: Caller,
  point: RecoveryPoint,
  {
    targetMountId = point.mountId,
    neededBytes,
  }: { targetMountId?: MountId | undefined; neededBytes: number },
): Promise<TargetRoom> {
  const { mountId, storeId, storeReport } = await findMount(catalog, caller, targetMountId);
  if (storeReport?.freeBytes === undefined) return { mountId, storeId, isShort: false };
  const { freeBytes, at: reportedAt } = storeReport;
  return { mountId, storeId, freeBytes, reportedAt, isShort: neededBytes > freeBytes };
}
