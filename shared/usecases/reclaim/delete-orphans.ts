import type { MountId } from '../../domain/ids.ts';
import type { Mount } from '../../domain/mount.ts';
import type { ListedVersion } from '../../domain/reclaim/deletion-list.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Vault } from '../../ports/vault.ts';
import { requireJournalStored } from '../journal/require-journal-stored.ts';
import { requireDeletionAllowed } from '../mounts/require-in-step.ts';
import { changeLine, entryFor } from '../retention/change-line.ts';
import { deleteListed, lockedUntil } from './delete-listed.ts';
import { readLiveObjects } from './live-objects.ts';
import { Owners } from './owners.ts';
import { readDeletionList } from './stored-list.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints' | 'outbox'>;
  readonly vault: Pick<Vault, 'read' | 'putOnce' | 'deleteVersions' | 'lockOf'>;
  readonly clock: Clock;
}

export interface DeletedOrphans {
  readonly objects: number;
  readonly bytes: number;
  /** Named by a live point, or of an upload that has not ended, when it came to it. */
  readonly spared: number;
  /** Locked: the audit finds them again. */
  readonly locked: number;
}

/**
 * Carries out a list of orphans, after everything that made them orphans has been looked at again: their owner has ended for
 * good, and no live table names them (PROTOCOL 13). Repeats delete nothing more.
 */
export async function deleteOrphans(
  dependencies: Dependencies,
  { mountId, listSha256 }: { readonly mountId: MountId; readonly listSha256: string },
): Promise<DeletedOrphans> {
  const { catalog, vault } = dependencies;
  const list = await readDeletionList(vault, mountId, listSha256);
  if (list.of.kind !== 'orphans') {
    throw new ServiceError('VAULT_OBJECT_DAMAGED', `list ${listSha256} is not one of orphans`);
  }
  // A catalog from the past shows itself here: what is read after the entry is known to be stored decides.
  await requireJournalStored(dependencies, mountId, await announce(dependencies, mountId, listSha256));
  requireDeletionAllowed(await findMount(catalog, mountId));
  const live = await readLiveObjects(dependencies, mountId);
  const owners = new Owners(catalog, mountId);
  const going: ListedVersion[] = [];
  for (const version of list.versions) {
    const hasEnded = (await owners.kindOf(version.key)) === 'ended';
    if (hasEnded && !live.has(version.key)) going.push(version);
  }
  const refused = await deleteListed(vault, going);
  await lockedUntil(dependencies, refused);
  const kept = new Set(refused.map(({ key, versionId }) => `${key} ${versionId}`));
  const gone = going.filter(({ key, versionId }) => !kept.has(`${key} ${versionId}`));
  return {
    objects: gone.length,
    bytes: gone.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    spared: list.versions.length - going.length,
    locked: refused.length,
  };
}

/** Writes the entry that comes before the first delete (PROTOCOL 15), once for a list; its number. */
function announce({ catalog, clock }: Dependencies, mountId: MountId, listSha256: string): Promise<number> {
  return changeLine(catalog, mountId, async (mount) => {
    requireDeletionAllowed(mount);
    if (mount.orphans?.listSha256 === listSha256) return mount.orphans.journalNumber;
    const event = { at: clock.now(), kind: 'orphans-reclaiming', data: { listSha256 } };
    const entry = entryFor(mount, event);
    // When it is due may have been noted since it was read.
    const { dueAt: _, ...settings } = mount;
    const orphans = { listSha256, journalNumber: entry.number };
    const outcome = await catalog.mounts.change(mount, { ...settings, orphans }, entry);
    return outcome === 'conflict' ? outcome : entry.number;
  });
}

async function findMount(catalog: Pick<Catalog, 'mounts'>, mountId: MountId): Promise<Mount> {
  const mount = await catalog.mounts.find(mountId);
  if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${mountId}`);
  return mount;
}
