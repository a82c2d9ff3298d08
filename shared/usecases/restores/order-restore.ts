import type { Caller } from '../../domain/access.ts';
import { defaultMaxThawUsd, type ThawOrder } from '../../domain/archive/thaw.ts';
import type { MountId, RestoreId, UploadId } from '../../domain/ids.ts';
import { addMillis } from '../../domain/instant.ts';
import { defaultLease, parseLease } from '../../domain/lease.ts';
import type { Mount } from '../../domain/mount.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { isMadeOnStore, type Restore, type RestoreOwners, type RestorePath } from '../../domain/restore.ts';
import type { Store } from '../../domain/store.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Workflows } from '../../ports/workflows.ts';
import { findMount, findRecoveryPoint, findRestore, findStore } from '../access/find-owned.ts';
import { claimFor, type IdempotencyKey, keyReused } from '../idempotency.ts';
import { requireInUse } from '../mounts/change-mount.ts';
import { requireInStep } from '../mounts/require-in-step.ts';
import { requireCapability } from '../stores/require-capability.ts';
import { requireInService } from '../stores/store-state.ts';

/** 10 TB at 100 Mbit/s take 9.3 days. */
const deadlineMillis = 14 * 86_400_000;

/** How much of the files that are chosen there is, the gateway finds out. */
const nothingKnown = { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 };

interface RestoreOptions {
  readonly paths?: readonly RestorePath[] | undefined;
  readonly owners?: RestoreOwners | undefined;
  /** Absent: the mount that the point came from. */
  readonly targetMountId?: MountId | undefined;
  /** Absent: the default, where the store knows of leases. */
  readonly lease?: string | undefined;
  readonly clone?: Restore['clone'] | undefined;
  /** Absent: by Standard, within the volume's limit. */
  readonly thaw?: ThawOrder | undefined;
}

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'restores' | 'stores'>;
  readonly workflows: Pick<Workflows, 'startRestore'>;
  /** The volume's limit of what a thaw may cost; absent: the default. */
  readonly maxThawUsd?: number | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * Orders a recovery point, or some of its files, to a mount: its own, or another one of any store. The point is pinned from
 * here to the end of the restore. Throws RECOVERY_POINT_NOT_FOUND, RECOVERY_POINT_NOT_AVAILABLE; MOUNT_NOT_FOUND,
 * MOUNT_STATE_CONFLICT, STORE_STATE_CONFLICT and CAPABILITY_MISSING where nobody would carry it out; RESTORE_SPACE_LOW where it
 * has no room; MOUNT_DIVERGED where a rebuild would void the pin; FORBIDDEN for a thaw above the volume's limit, but for an admin.
 */
export async function orderRestore(
  dependencies: Dependencies,
  caller: Caller,
  input: { recoveryPointId: UploadId; idempotency?: IdempotencyKey | undefined } & RestoreOptions,
): Promise<Restore> {
  const { catalog, workflows, clock } = dependencies;
  requireWithinLimit(caller, input.thaw, dependencies.maxThawUsd ?? defaultMaxThawUsd);
  const restore = await draftRestore(dependencies, caller, input);
  const result = await catalog.restores.create(
    restore,
    claimFor(input.idempotency, restore.restoreId, clock),
  );
  switch (result.outcome) {
    case 'created':
      await workflows.startRestore({ restoreId: restore.restoreId });
      return restore;
    case 'mount-diverged':
      throw new ServiceError('MOUNT_DIVERGED', `mount ${restore.mountId} stands still until it is replayed`);
    case 'point-not-available':
      throw new ServiceError(
        'RECOVERY_POINT_NOT_AVAILABLE',
        `recovery point ${input.recoveryPointId} cannot be restored any more`,
      );
    case 'key-reused':
      throw keyReused();
    case 'repeated': {
      const known = await findRestore(catalog, caller, result.resourceId as RestoreId);
      // A crash may have come between the first request's record and its workflow.
      if (known.state === 'planned') await workflows.startRestore({ restoreId: known.restoreId });
      return known;
    }
  }
}

function requireWithinLimit({ role }: Caller, { maxUsd }: Partial<ThawOrder> = {}, maxThawUsd: number): void {
  if (maxUsd === undefined || maxUsd <= maxThawUsd || role === 'admin') return;
  throw new ServiceError(
    'FORBIDDEN',
    `the thaw of a restore may cost $${maxThawUsd.toFixed(2)}: an admin may order it with a higher limit`,
  );
}

/** The mount that the files go to. Somebody must be there to carry the restore out, and have room for it. */
async function requireTarget(
  catalog: Pick<Catalog, 'mounts' | 'stores'>,
  caller: Caller,
  point: RecoveryPoint,
  { paths, owners, lease, clone, targetMountId = point.mountId }: RestoreOptions,
): Promise<{ readonly mount: Mount; readonly store: Store }> {
  const isElsewhere = targetMountId !== point.mountId;
  // Of a mount that is gone the points stay, and go to another.
  if (isElsewhere) requireInStep(await findMount(catalog, caller, point.mountId));
  const target = await findMount(catalog, caller, targetMountId);
  requireInUse(target);
  if (!isElsewhere) requireInStep(target);
  const store = await findStore(catalog, caller, target.storeId);
  requireInService(store);
  // The first gateways told nothing of what they can do, and all of them stage restores.
  if (store.capabilities !== undefined) requireCapability(store, 'stage-restore', 'a restore');
  // One that does not know them would leave them out, and restore everything.
  if (paths ?? owners) requireCapability(store, 'restore-options', 'a restore of chosen files or to owners');
  // One that does not know it would look for the point under the mount that it restores to.
  if (isElsewhere) requireCapability(store, 'restore-targets', 'a restore to another mount');
  if (clone) requireCapability(store, 'clones', 'a clone');
  if (lease !== undefined) {
    parseLease(lease);
    requireCapability(store, 'staged-leases', 'a lease');
  }
  const { recoveryPointId } = point;
  const order = { paths, owners, clone, recoveryPointId, ...(isElsewhere && { targetMountId }) };
  if (paths === undefined && !isMadeOnStore(order, target)) requireRoom(target, point.totals.bytes);
  return { mount: target, store };
}

/** By the gateway's last report: how much of chosen files there is, only the gateway finds out, which looks again in any case. */
function requireRoom({ mountId, storeReport }: Mount, neededBytes: number): void {
  const freeBytes = storeReport?.freeBytes;
  if (storeReport === undefined || freeBytes === undefined || neededBytes <= freeBytes) return;
  const { at } = storeReport;
  throw new ServiceError(
    'RESTORE_SPACE_LOW',
    `it needs ${neededBytes} bytes, and mount ${mountId} has ${freeBytes} bytes free (reported at ${at})`,
    { details: { mountId, neededBytes, freeBytes, reportedAt: at } },
  );
}

/** Throws what an order of it would be refused with, as far as it is known now. */
export async function requireOrderable(
  catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'stores'>,
  caller: Caller,
  { recoveryPointId, ...options }: { readonly recoveryPointId: UploadId } & RestoreOptions,
): Promise<void> {
  const point = await findRecoveryPoint(catalog, caller, recoveryPointId);
  await requireTarget(catalog, caller, point, options);
}

async function draftRestore(
  { catalog, clock, ids }: Dependencies,
  caller: Caller,
  { recoveryPointId, ...options }: { recoveryPointId: UploadId } & RestoreOptions,
): Promise<Restore> {
  const point = await findRecoveryPoint(catalog, caller, recoveryPointId);
  // A number that a refusal leaves unused does no harm.
  const [{ mount: target, store }, jobId] = await Promise.all([
    requireTarget(catalog, caller, point, options),
    catalog.restores.nextJobId(),
  ]);
  const {
    paths,
    owners,
    clone,
    thaw,
    lease = store.capabilities?.includes('staged-leases') ? defaultLease : undefined,
  } = options;
  const requestedAt = clock.now();
  const { files, bytes } = point.totals;
  return {
    restoreId: ids.restore(),
    jobId,
    recoveryPointId,
    recoveryPointSeq: point.seq,
    mountId: point.mountId,
    storeId: point.storeId,
    ...(target.mountId !== point.mountId && { targetMountId: target.mountId }),
    ...(target.storeId !== point.storeId && { targetStoreId: target.storeId }),
    manifestSha256: point.manifestSha256,
    state: 'planned',
    fence: 0,
    progress: paths ? nothingKnown : { ...nothingKnown, filesTotal: files, bytesTotal: bytes },
    ...(paths && { paths }),
    ...(owners && { owners }),
    ...(clone && { clone }),
    ...(thaw && { thaw }),
    ...(lease !== undefined && { lease }),
    requestedAt,
    requestedBy: caller.credentialId,
    deadline: addMillis(requestedAt, deadlineMillis),
  };
}
