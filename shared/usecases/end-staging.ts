import type { RestoreId } from '../domain/ids.ts';
import type { Restore } from '../domain/restore.ts';
import type { Catalog } from '../ports/catalog.ts';
import type { Clock } from '../ports/clock.ts';
import type { Events } from '../ports/events.ts';
import type { Vault } from '../ports/vault.ts';
import { endRestore, type RestoreEnd } from './end-restore.ts';
import { explainDamage } from './explain-damage.ts';

/** Records how a restore ended as its store reported it; damage with what it means. */
export async function endStaging(
  dependencies: {
    readonly catalog: Pick<Catalog, 'recoveryPoints' | 'restores'>;
    readonly vault: Pick<Vault, 'read'>;
    readonly clock: Clock;
    readonly events: Events;
  },
  { restoreId, end }: { restoreId: RestoreId; end: RestoreEnd },
): Promise<Restore> {
  const restore = await dependencies.catalog.restores.find(restoreId);
  if (end.state !== 'completed-with-damage' || restore?.damage === undefined) {
    return endRestore(dependencies, { restoreId, end });
  }
  const damage = await explainDamage(dependencies, restore, restore.damage);
  return endRestore(dependencies, { restoreId, end: { ...end, damage } });
}
