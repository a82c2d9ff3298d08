import type { MountId } from '../../domain/ids.ts';
import { type JournalEntry, nextJournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { requireInStep } from '../mounts/require-in-step.ts';

/** Each lost race means that another change of the mount got on. */
const maxAttempts = 8;

/**
 * Tries a change of a mount's line until it is not overtaken; each time the mount is read anew. Throws MOUNT_NOT_FOUND,
 * MOUNT_DIVERGED and COMMIT_CONFLICT.
 */
export async function changeLine<T>(
  catalog: Pick<Catalog, 'mounts'>,
  mountId: MountId,
  change: (mount: Mount) => Promise<T | 'conflict'>,
): Promise<T> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const mount = await catalog.mounts.find(mountId);
    if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${mountId}`);
    requireInStep(mount);
    const result = await change(mount);
    if (result !== 'conflict') return result as T;
  }
  throw new ServiceError('COMMIT_CONFLICT', `mount ${mountId} changes too often at once`);
}

/** The entry that goes with a change of the mount. */
export const entryFor = (
  { mountId, journal }: Mount,
  event: Parameters<typeof nextJournalEntry>[2],
): JournalEntry => nextJournalEntry(mountId, journal, event);
