import type { Caller } from '../../domain/access.ts';
import { parseExpire } from '../../domain/expire.ts';
import type { MountId } from '../../domain/ids.ts';
import type { Mount, MountSettings } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { findStore } from '../access/find-owned.ts';
import { requireNoRequest } from '../requests/require-no-request.ts';
import { requireCapability } from '../stores/require-capability.ts';
import { requireInService } from '../stores/store-state.ts';
import { updateMount } from './update-mount.ts';

/**
 * Changes settings of a mount; what is undefined stays. The same change again changes nothing. The gateway learns of it
 * with its next poll. Throws MOUNT_NOT_FOUND, EXPIRE_INVALID, MOUNT_STATE_CONFLICT, STORE_STATE_CONFLICT and
 * CAPABILITY_MISSING.
 */
export async function changeMount(
  dependencies: { catalog: Pick<Catalog, 'mounts' | 'requests' | 'stores'>; clock: Clock },
  caller: Caller,
  { mountId, ...settings }: MountSettings & { mountId: MountId },
): Promise<Mount> {
  if (settings.expire !== undefined) parseExpire(settings.expire);
  if (settings.backupEvery !== undefined) parseExpire(settings.backupEvery);
  const { catalog, clock } = dependencies;
  return updateMount(catalog, caller, mountId, async (mount) => {
    const changes = changesOf(mount, settings);
    if (Object.keys(changes).length === 0) return undefined;
    requireInUse(mount);
    await requireNoRequest(catalog, mount);
    const store = await findStore(catalog, caller, mount.storeId);
    // While it is still decommissioning, what is pending becomes recovery points by these settings.
    if (store.state === 'decommissioned') requireInService(store);
    if (changes.quotaBytes !== undefined) requireCapability(store, 'quota', 'a quota');
    const at = clock.now();
    // Another expire may let points go at once: retention looks at the mount.
    const next = { ...mount, ...changes, ...(changes.expire !== undefined && { dueAt: at }) };
    return {
      next,
      event: { at, kind: 'mount-changed', data: { ...changes, by: caller.credentialId } },
    };
  });
}

/** The settings that are given and differ from those that the mount has. */
function changesOf(mount: Mount, { expire, maxPendingSnapshots, quotaBytes, backupEvery }: MountSettings) {
  return {
    ...(expire !== undefined && expire !== mount.expire && { expire }),
    ...(maxPendingSnapshots !== undefined &&
      maxPendingSnapshots !== mount.maxPendingSnapshots && { maxPendingSnapshots }),
    ...(quotaBytes !== undefined && quotaBytes !== mount.quotaBytes && { quotaBytes }),
    ...(backupEvery !== undefined && backupEvery !== mount.backupEvery && { backupEvery }),
  };
}

/** Throws MOUNT_STATE_CONFLICT for a mount that is marked for delete or gone. */
export function requireInUse({ mountId, state }: Mount): void {
  if (state === 'creating' || state === 'ready') return;
  const words = state === 'gone' ? 'gone' : 'marked for delete';
  throw new ServiceError('MOUNT_STATE_CONFLICT', `mount ${mountId} is ${words}`, { details: { state } });
}
