import type { Caller } from '../../domain/access.ts';
import type { CommandId, MountId, UploadId } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import type { Mount, SnapshotOrder } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import { findMount, findStore } from '../access/find-owned.ts';
import { requireCapability } from '../stores/require-capability.ts';
import { requireInService } from '../stores/store-state.ts';
import { requireInUse } from './change-mount.ts';
import { requireInStep } from './require-in-step.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'stores'>;
  readonly clock: Clock;
}

/** A gateway polls every half minute; whoever asked does not wait for longer. */
const orderMillis = 15 * 60_000;

/** An order with what came of it. */
export interface ShownOrder extends Omit<SnapshotOrder, 'state'> {
  readonly mountId: MountId;
  /** `completed`: it is a recovery point. */
  readonly state: SnapshotOrder['state'] | 'completed';
  readonly recoveryPointId?: UploadId;
  readonly takenAt?: Instant;
}

/**
 * Orders a mount's store to freeze what lies in it, and to upload that. Throws MOUNT_NOT_FOUND, SNAPSHOT_ORDERED while another order
 * stands, MOUNT_STATE_CONFLICT, STORE_STATE_CONFLICT, CAPABILITY_MISSING and MOUNT_DIVERGED where it would come to nothing.
 */
export async function orderSnapshot(
  { ids, ...dependencies }: Dependencies & { readonly ids: Pick<Ids, 'command'> },
  caller: Caller,
  mountId: MountId,
): Promise<ShownOrder> {
  const { catalog, clock } = dependencies;
  const mount = await findMount(catalog, caller, mountId);
  requireInUse(mount);
  requireInStep(mount);
  const store = await findStore(catalog, caller, mount.storeId);
  requireInService(store);
  requireCapability(store, 'take-snapshot', 'a snapshot by order');
  const requestedAt = clock.now();
  const order: SnapshotOrder = {
    ...{ commandId: ids.command(), state: 'ordered', requestedAt, requestedBy: caller.credentialId },
    deadline: addMillis(requestedAt, orderMillis),
  };
  if ((await catalog.mounts.orderSnapshot(mountId, order)) === 'ordered') return { ...order, mountId };
  const { snapshotOrder: standing } = await findMount(catalog, caller, mountId);
  throw new ServiceError(
    'SNAPSHOT_ORDERED',
    `mount ${mountId} has the order ${standing?.commandId ?? 'of another'} already`,
    {
      details: { commandId: standing?.commandId },
    },
  );
}

/** What came of an order. Throws MOUNT_NOT_FOUND, SNAPSHOT_ORDER_NOT_FOUND. */
export async function showSnapshotOrder(
  { catalog, clock }: Dependencies,
  caller: Caller,
  { mountId, commandId }: { readonly mountId: MountId; readonly commandId: CommandId },
): Promise<ShownOrder> {
  const mount = await findMount(catalog, caller, mountId);
  const order = standingOrder(mount, commandId);
  const shown = { ...order, mountId };
  if (order.state === 'ordered' && order.deadline <= clock.now()) {
    const reason = `its store did not freeze it by ${order.deadline}`;
    return { ...shown, state: 'failed', code: 'STORE_SILENT', reason };
  }
  const point = order.state === 'frozen' ? await findPoint(catalog, mount, order) : undefined;
  if (point === undefined) return shown;
  const { recoveryPointId, takenAt } = point;
  return { ...shown, state: 'completed', recoveryPointId, takenAt };
}

/** What a store says of an order. Again changes nothing. Throws SNAPSHOT_ORDER_NOT_FOUND. */
export async function reportSnapshotOrder(
  dependencies: Dependencies,
  caller: Caller,
  {
    mountId,
    commandId,
    ...said
  }: { readonly mountId: MountId; readonly commandId: CommandId } & (
    | { readonly outcome: 'frozen'; readonly snapName: string }
    | { readonly outcome: 'failed'; readonly code: string; readonly reason: string }
  ),
): Promise<ShownOrder> {
  const { catalog } = dependencies;
  const order = standingOrder(await findMount(catalog, caller, mountId), commandId);
  const { outcome: state, ...facts } = said;
  // Refused: it was said before, and the first stands.
  await catalog.mounts.endSnapshotOrder(mountId, { ...order, state, ...facts });
  return showSnapshotOrder(dependencies, caller, { mountId, commandId });
}

function standingOrder({ mountId, snapshotOrder }: Mount, commandId: CommandId): SnapshotOrder {
  if (snapshotOrder?.commandId === commandId) return snapshotOrder;
  throw new ServiceError('SNAPSHOT_ORDER_NOT_FOUND', `mount ${mountId} has no order ${commandId}`);
}

/** From the head back to where the order was given: names of snapshots are given once in a line. */
async function findPoint(
  { recoveryPoints }: Pick<Catalog, 'recoveryPoints'>,
  { headId }: Mount,
  { requestedAt, snapName }: SnapshotOrder,
) {
  let point = headId && (await recoveryPoints.find(headId));
  while (point && point.snapName !== snapName && requestedAt <= point.committedAt) {
    point = point.parentId && (await recoveryPoints.find(point.parentId));
  }
  return point && point.snapName === snapName ? point : undefined;
}
