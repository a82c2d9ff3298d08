import type { Caller } from '../domain/access.ts';
import type { RestoreId, UploadId } from '../domain/ids.ts';
import { addMillis } from '../domain/instant.ts';
import type { RecoveryPoint } from '../domain/recovery-point.ts';
import type { Restore, RestoreOwners, RestorePath } from '../domain/restore.ts';
import { ServiceError } from '../errors.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { Workflows } from '../ports/workflows.ts';
import { requireInUse } from './change-mount.ts';
import { findMount, findRecoveryPoint, findRestore, findStore } from './find-owned.ts';
import { claimFor, type IdempotencyKey, keyReused } from './idempotency.ts';
import { requireCapability } from './require-capability.ts';
import { requireInStep } from './require-in-step.ts';
import { requireInService } from './store-state.ts';

/** 10 TB at 100 Mbit/s take 9.3 days. */
const deadlineMillis = 14 * 86_400_000;

/** How much of the files that are chosen there is, the gateway finds out. */
const nothingKnown = { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 };

interface RestoreOptions {
  readonly paths?: readonly RestorePath[] | undefined;
  readonly owners?: RestoreOwners | undefined;
}

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'restores' | 'stores'>;
  readonly workflows: Pick<Workflows, 'startRestore'>;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * Orders a recovery point, or some of its files, back to its own store. The point is pinned from here to the end of the restore.
 * Throws RECOVERY_POINT_NOT_FOUND, RECOVERY_POINT_NOT_AVAILABLE; MOUNT_STATE_CONFLICT, STORE_STATE_CONFLICT and
 * CAPABILITY_MISSING where nobody would carry it out; MOUNT_DIVERGED where a rebuild would void the pin.
 */
export async function orderRestore(
  dependencies: Dependencies,
  caller: Caller,
  input: { recoveryPointId: UploadId; idempotency?: IdempotencyKey | undefined } & RestoreOptions,
): Promise<Restore> {
  const { catalog, workflows, clock } = dependencies;
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

/** Somebody must be there to carry the restore out, on the mount that the point came from. */
async function requireCarrier(
  catalog: Pick<Catalog, 'mounts' | 'stores'>,
  caller: Caller,
  { mountId, storeId }: RecoveryPoint,
  { paths, owners }: RestoreOptions,
): Promise<void> {
  const mount = await findMount(catalog, caller, mountId);
  requireInUse(mount);
  requireInStep(mount);
  const store = await findStore(catalog, caller, storeId);
  requireInService(store);
  // The first gateways told nothing of what they can do, and all of them stage restores.
  if (store.capabilities !== undefined) requireCapability(store, 'stage-restore', 'a restore');
  // One that does not know them would leave them out, and restore everything.
  if (paths ?? owners) requireCapability(store, 'restore-options', 'a restore of chosen files or to owners');
}

async function draftRestore(
  { catalog, clock, ids }: Dependencies,
  caller: Caller,
  { recoveryPointId, paths, owners }: { recoveryPointId: UploadId } & RestoreOptions,
): Promise<Restore> {
  const point = await findRecoveryPoint(catalog, caller, recoveryPointId);
  await requireCarrier(catalog, caller, point, { paths, owners });
  const requestedAt = clock.now();
  const { files, bytes } = point.totals;
  return {
    restoreId: ids.restore(),
    jobId: await catalog.restores.nextJobId(),
    recoveryPointId,
    recoveryPointSeq: point.seq,
    mountId: point.mountId,
    storeId: point.storeId,
    manifestSha256: point.manifestSha256,
    state: 'planned',
    fence: 0,
    progress: paths ? nothingKnown : { ...nothingKnown, filesTotal: files, bytesTotal: bytes },
    ...(paths && { paths }),
    ...(owners && { owners }),
    requestedAt,
    requestedBy: caller.credentialId,
    deadline: addMillis(requestedAt, deadlineMillis),
  };
}
