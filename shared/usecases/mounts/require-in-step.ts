import type { Mount } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';

type Marks = Pick<Mount, 'mountId' | 'diverged' | 'reconciliation'>;

/** Before an upload is opened or committed: throws MOUNT_DIVERGED while the catalog of the mount is older than its journal. */
export function requireInStep({ mountId, diverged }: Marks): void {
  if (diverged === undefined) return;
  const { number, at } = diverged;
  throw new ServiceError(
    'MOUNT_DIVERGED',
    `mount ${mountId} stands still since ${at}: the vault has another journal entry ${number} than the catalog`,
    { details: { mountId, number, at } },
  );
}

/**
 * Before anything of the mount is marked or deleted (retention, reclaim, sweep, orphans): throws MOUNT_DIVERGED, and
 * MOUNT_NOT_RECONCILED after a rebuild that nobody has signed off (PROTOCOL 16). The transaction that follows must be
 * conditional on the lineVersion of this same read: both marks raise it.
 */
export function requireDeletionAllowed(mount: Marks): void {
  requireInStep(mount);
  const { mountId, reconciliation } = mount;
  if (reconciliation === undefined) return;
  throw new ServiceError(
    'MOUNT_NOT_RECONCILED',
    `mount ${mountId} was rebuilt from the vault at ${reconciliation.since} and is not signed off`,
    { details: { mountId, since: reconciliation.since } },
  );
}
