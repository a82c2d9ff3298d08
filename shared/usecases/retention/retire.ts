import type { Caller } from '../../domain/access.ts';
import type { MountId, StoreId } from '../../domain/ids.ts';
import type { Mount } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { findMount, findStore } from '../access/find-owned.ts';
import { listAll } from '../list-all.ts';
import { requireDeletionAllowed } from '../mounts/require-in-step.ts';
import { updateMount } from '../mounts/update-mount.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'stores'>;
  readonly clock: Clock;
}

/**
 * Orders that all of a mount's points go, also the last usable ones: what is held, locked or pinned stays until it is not.
 * Retention marks them, and their undo window begins then; until a point is reclaimed the order can be taken back. The
 * mount takes no more backups. Again changes nothing. Throws MOUNT_NOT_FOUND, RETIREMENT_NOT_CONFIRMED, MOUNT_BUSY,
 * MOUNT_DIVERGED, MOUNT_NOT_RECONCILED.
 */
export async function orderRetirement(
  dependencies: Dependencies,
  caller: Caller,
  { mountId, confirmName }: { mountId: MountId; confirmName: string },
): Promise<Mount> {
  const mount = await findMount(dependencies.catalog, caller, mountId);
  requireConfirmed(mount.name, confirmName, `mount ${mountId}`);
  return retire(dependencies, caller, mountId);
}

/** Takes the order back: what is not reclaiming by then comes back with the next run of retention. */
export const cancelRetirement = (
  { catalog, clock }: Dependencies,
  caller: Caller,
  mountId: MountId,
): Promise<Mount> =>
  updateMount(catalog, caller, mountId, async (mount) => {
    const { retirement, ...kept } = mount;
    if (retirement === undefined) return undefined;
    const at = clock.now();
    const event = { at, kind: 'mount-retirement-cancelled', data: { by: caller.credentialId } };
    return { next: { ...kept, dueAt: at }, event };
  });

/** All mounts of a store, also those that are gone. Throws STORE_NOT_FOUND, and as for a mount. */
export async function orderStoreRetirement(
  dependencies: Dependencies,
  caller: Caller,
  { storeId, confirmName }: { storeId: StoreId; confirmName: string },
): Promise<Mount[]> {
  const { catalog } = dependencies;
  const store = await findStore(catalog, caller, storeId);
  requireConfirmed(store.name, confirmName, `store ${storeId}`);
  const mounts = await listAll((page) => catalog.mounts.list({ storeId }, page));
  // Before the first is ordered: none, or all.
  for (const mount of mounts) requireRetirable(mount);
  const ordered: Mount[] = [];
  for (const { mountId } of mounts) ordered.push(await retire(dependencies, caller, mountId));
  return ordered;
}

const retire = ({ catalog, clock }: Dependencies, caller: Caller, mountId: MountId): Promise<Mount> =>
  updateMount(catalog, caller, mountId, async (mount) => {
    if (mount.retirement !== undefined) return undefined;
    requireRetirable(mount);
    const at = clock.now();
    const retirement = { orderedAt: at, orderedBy: caller.credentialId };
    const event = { at, kind: 'mount-retirement-ordered', data: { by: caller.credentialId } };
    return { next: { ...mount, retirement, dueAt: at }, event };
  });

function requireRetirable(mount: Mount): void {
  requireDeletionAllowed(mount);
  const { mountId, openUploadId } = mount;
  if (openUploadId === undefined) return;
  throw new ServiceError('MOUNT_BUSY', `upload ${openUploadId} of mount ${mountId} has not ended`, {
    details: { uploadId: openUploadId },
    hint: 'Wait for its end, or abort it with POST /v1/uploads/{uploadId}/abort.',
  });
}

function requireConfirmed(name: string, confirmName: string, what: string): void {
  if (name === confirmName) return;
  throw new ServiceError('RETIREMENT_NOT_CONFIRMED', `confirmName is not the name of ${what}`);
}
