import type { MountId, RestoreId } from '../../domain/ids.ts';
import type { Restore } from '../../domain/restore.ts';
import { hasCode } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Events } from '../../ports/events.ts';
import type { Vault } from '../../ports/vault.ts';
import { noteDamage } from '../reclaim/note-damage.ts';
import { endFound, findToEnd, type RestoreEnd } from './end-restore.ts';
import { explainDamage } from './explain-damage.ts';

/**
 * Records how a restore ended as its store reported it; damage with what it means. Every point that names what the store could not use
 * is in doubt from then on: the next audit reads the objects, and says what is so.
 */
export async function endStaging(
  dependencies: {
    readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'restores'>;
    readonly vault: Pick<Vault, 'read'>;
    readonly clock: Clock;
    readonly events: Events;
  },
  { restoreId, end }: { restoreId: RestoreId; end: RestoreEnd },
): Promise<Restore> {
  const restore = await findToEnd(dependencies.catalog, restoreId);
  if (end.state !== 'completed-with-damage' || restore.damage === undefined) {
    return endFound(dependencies, restore, end);
  }
  await noteReported(dependencies, restore.mountId, restore.damage.objects);
  const damage = await explainDamage(dependencies, restore, restore.damage);
  return endFound(dependencies, restore, { ...end, damage });
}

/** Damage names an object, or a place in one. */
async function noteReported(
  dependencies: Parameters<typeof noteDamage>[0],
  mountId: MountId,
  objects: readonly string[],
): Promise<void> {
  const keys = objects.map((object) => object.split(' ')[0] ?? '');
  const damaged = new Map(keys.map((key) => [key, 'reported' as const]));
  // What an audit has found is known better.
  const hasSeen = () => false;
  try {
    await noteDamage(dependencies, mountId, { damaged, hasSeen });
  } catch (error) {
    // A mount that stands still until it is replayed; the restore names its damage all the same.
    if (!hasCode(error, 'MOUNT_DIVERGED')) throw error;
  }
}
