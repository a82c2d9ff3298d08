import type { Caller } from '../../domain/access.ts';
import type { MountId } from '../../domain/ids.ts';
import type { Mount, MountDeletion } from '../../domain/mount.ts';
import { isStaged, restoreEndStates, targetOf } from '../../domain/restore.ts';
import type { Store } from '../../domain/store.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { findStore } from '../access/find-owned.ts';
import { listAll } from '../list-all.ts';
import { requireNoRequest } from '../requests/require-no-request.ts';
import { requireCapability } from '../stores/require-capability.ts';
import { updateMount } from './update-mount.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'stores' | 'requests' | 'restores'>;
  readonly clock: Clock;
}

/**
 * Marks a mount for delete. Its gateway takes no more backups for it, uploads what is pending, withdraws it and reports
 * so; then it is gone. Where no gateway is left to do so (the store was never activated, or is decommissioned) it is
 * gone at once. Recovery points stay in any case. Again changes nothing.
 * Throws MOUNT_NOT_FOUND, MOUNT_BUSY, CAPABILITY_MISSING.
 */
export async function markMountForDelete(
  { catalog, clock }: Dependencies,
  caller: Caller,
  { mountId, abandonBackup }: { mountId: MountId; abandonBackup: boolean },
): Promise<Mount> {
  return updateMount(catalog, caller, mountId, async (mount) => {
    if (mount.state === 'gone') return undefined;
    const store = await findStore(catalog, caller, mount.storeId);
    // One that was marked before its gateway was lost would wait for it for ever.
    if (mount.deletion !== undefined && hasGateway(store)) return undefined;
    await requireIdle(catalog, mount, abandonBackup);
    const markedAt = clock.now();
    const fence = mount.journal.number + 1;
    const deletion: MountDeletion = { fence, markedAt, markedBy: caller.credentialId };
    if (!hasGateway(store)) {
      requireNoUpload(mount);
      return becomeGone(mount, { ...deletion, ...mount.deletion, goneAt: markedAt });
    }
    requireCapability(store, 'mount-deletion', 'the deletion of a mount');
    const next = { ...mount, state: 'marked-for-delete' as const, deletion };
    const data = { markedBy: caller.credentialId, abandonBackup };
    return { next, event: { at: markedAt, kind: 'mount-marked-for-delete', data } };
  });
}

/**
 * Takes the mark back. The mount is `creating` until the gateway reports its folders again, which it may have removed by
 * then. Throws MOUNT_NOT_FOUND, and MOUNT_STATE_CONFLICT once it is gone.
 */
export async function unmarkMount(
  { catalog, clock }: Pick<Dependencies, 'catalog' | 'clock'>,
  caller: Caller,
  mountId: MountId,
): Promise<Mount> {
  return updateMount(catalog, caller, mountId, async (mount) => {
    if (mount.state === 'gone') {
      throw new ServiceError('MOUNT_STATE_CONFLICT', `mount ${mountId} is gone for good`, {
        details: { state: mount.state },
        hint: 'Create another mount; the recovery points of this one stay listed under its id.',
      });
    }
    if (mount.deletion === undefined) return undefined;
    const { deletion: _, ...unmarked } = mount;
    const next = { ...unmarked, state: 'creating' as const };
    return { next, event: { at: clock.now(), kind: 'mount-unmarked', data: { by: caller.credentialId } } };
  });
}

/** The end of a mount's life: its name is free for another, its recovery points stay. */
export function becomeGone(mount: Mount, deletion: MountDeletion) {
  const { fence, goneAt: at = deletion.markedAt } = deletion;
  return {
    next: { ...mount, state: 'gone' as const, deletion: { ...deletion, goneAt: at } },
    event: { at, kind: 'mount-gone', data: { markFence: fence, markedBy: deletion.markedBy } },
  };
}

/** One that a lost gateway left open ends when its lease and its deadline have passed. */
function requireNoUpload({ mountId, openUploadId }: Mount): void {
  if (openUploadId === undefined) return;
  throw new ServiceError('MOUNT_BUSY', `upload ${openUploadId} of mount ${mountId} has not ended`, {
    details: { uploadId: openUploadId },
    hint: 'Wait for its end; GET /v1/uploads/{uploadId} shows by when it is closed.',
  });
}

const hasGateway = ({ state }: Store): boolean => state === 'active' || state === 'decommissioning';

/**
 * A restore that was ordered would fail. A backup that was begun would be left unfinished, with RMAN in the middle of
 * it; the gateway's last report may be half a minute old: for what began since, the gateway's own refusal has to do.
 */
async function requireIdle(
  catalog: Pick<Catalog, 'requests' | 'restores'>,
  { mountId, storeId, storeReport }: Mount,
  abandonBackup: boolean,
): Promise<void> {
  const running = (await listAll((page) => catalog.restores.listRunning(page))).find(
    (restore) => targetOf(restore).mountId === mountId,
  );
  // What the index says is old.
  const restore = running && (await catalog.restores.find(running.restoreId));
  if (restore !== undefined && !restoreEndStates.some((end) => end === restore.state)) {
    throw new ServiceError('MOUNT_BUSY', `restore ${restore.restoreId} to mount ${mountId} has not ended`, {
      details: { restoreId: restore.restoreId },
      hint: 'Wait for the end of the restore; it is shown by GET /v1/restores/{restoreId}.',
    });
  }
  await requireNoClone(catalog, mountId);
  await requireNoRequest(catalog, { mountId, storeId });
  const startedAt = storeReport?.backupStartedAt;
  if (startedAt === undefined || abandonBackup) return;
  throw new ServiceError(
    'MOUNT_BUSY',
    `a backup of mount ${mountId} was begun at ${startedAt} and not finished`,
    {
      details: { backupStartedAt: startedAt },
    },
  );
}

/** Somebody works in it, and only its mount can remove it. */
async function requireNoClone(catalog: Pick<Catalog, 'restores'>, mountId: MountId): Promise<void> {
  const staged = await listAll((page) => catalog.restores.listStaged(page));
  const found = staged.find((restore) => restore.clone && targetOf(restore).mountId === mountId);
  const clone = found && (await catalog.restores.find(found.restoreId));
  if (clone?.clone === undefined || !isStaged(clone)) return;
  const { restoreId } = clone;
  throw new ServiceError('MOUNT_BUSY', `clone "${clone.clone.name}" lies on mount ${mountId}`, {
    details: { restoreId },
    hint: 'Drop the clone with POST /v1/restores/{restoreId}/drop, or wait for the end of its lease.',
  });
}
