import type { Caller } from '../../domain/access.ts';
import type { MountId } from '../../domain/ids.ts';
import { type JournalEntry, nextJournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { findMount } from '../access/find-owned.ts';

/** Each lost race means that another change of the mount got on. */
const maxAttempts = 8;

type JournalEvent = Parameters<typeof nextJournalEntry>[2];

/** What a mount is to become, and what its journal says of it. */
interface MountUpdate {
  readonly next: Mount;
  readonly event: JournalEvent;
}

/**
 * Changes a mount together with its journal: `decide` sees the mount as it stands and answers what it is to become, or
 * undefined when there is nothing to change; after a lost race it is asked again. Answers the mount as it then is. The
 * caller stores the journal before it acknowledges anything (PROTOCOL 15).
 */
export async function updateMount(
  catalog: Pick<Catalog, 'mounts'>,
  caller: Caller,
  mountId: MountId,
  decide: (mount: Mount) => Promise<MountUpdate | undefined>,
): Promise<Mount> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const mount = await findMount(catalog, caller, mountId);
    const update = await decide(mount);
    if (update === undefined) return mount;
    const entry = nextJournalEntry(mountId, mount.journal, update.event);
    if ((await catalog.mounts.change(mount, update.next, entry)) === 'changed') {
      return { ...update.next, journal: positionAfter(mount, entry) };
    }
  }
  throw new ServiceError('COMMIT_CONFLICT', `mount ${mountId} changes too often at once`);
}

const positionAfter = ({ journal }: Mount, { number, sha256 }: JournalEntry): Mount['journal'] => ({
  ...journal,
  number,
  hash: sha256,
});
