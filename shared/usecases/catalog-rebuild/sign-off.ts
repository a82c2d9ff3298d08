import type { Caller } from '../../domain/access.ts';
import type { MountId } from '../../domain/ids.ts';
import type { Mount } from '../../domain/mount.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { requireInStep } from '../mounts/require-in-step.ts';
import { updateMount } from '../mounts/update-mount.ts';

/**
 * Somebody has compared a rebuilt mount with what they know of it: from here on retention and clean-up go on. Again changes nothing. Throws
 * MOUNT_NOT_FOUND, MOUNT_DIVERGED.
 */
export const signOffReconciliation = (
  { catalog, clock }: { catalog: Pick<Catalog, 'mounts'>; clock: Clock },
  caller: Caller,
  mountId: MountId,
): Promise<Mount> =>
  updateMount(catalog, caller, mountId, async (mount) => {
    requireInStep(mount);
    const { reconciliation, epoch, ...signedOff } = mount;
    if (reconciliation === undefined) return undefined;
    const at = clock.now();
    return {
      next: { ...signedOff, epoch, dueAt: at },
      event: { at, kind: 'reconciliation-signed-off', data: { epoch, by: caller.credentialId } },
    };
  });
