import { leaseFrom } from '../../domain/lease.ts';
import { isStaged, pinOf, type Restore, targetOf } from '../../domain/restore.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { listAll } from '../list-all.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'restores' | 'stores'>;
  readonly clock: Clock;
}

/**
 * Finds staged files of which nobody will say any more what becomes of them, and ends their records, so that no clone pins its point
 * for ever; and sets the pins of clones again that a rebuild has voided. Safe to run twice and at once.
 */
export async function watchStaged(
  dependencies: Dependencies,
): Promise<{ abandoned: number; pinned: number }> {
  const { catalog, clock } = dependencies;
  const found = { abandoned: 0, pinned: 0 };
  for (const { restoreId } of await listAll((page) => catalog.restores.listStaged(page))) {
    const restore = await catalog.restores.find(restoreId);
    if (restore === undefined || !isStaged(restore)) continue;
    const reason = await whyAbandoned(dependencies, restore);
    if (reason !== undefined) {
      await catalog.restores.endStaged(restoreId, { state: 'abandoned', since: clock.now(), reason });
      found.abandoned++;
    } else if (restore.clone && (await lacksPin(dependencies, restore))) {
      if ((await catalog.restores.repin(restore)) === 'pinned') found.pinned++;
    }
  }
  return found;
}

async function whyAbandoned({ catalog, clock }: Dependencies, restore: Restore): Promise<string | undefined> {
  const { mountId, storeId } = targetOf(restore);
  const store = await catalog.stores.find(storeId);
  if (store?.state === 'decommissioned') return `store ${storeId} is decommissioned`;
  const mount = await catalog.mounts.find(mountId);
  if (mount?.state === 'gone') return `mount ${mountId} is gone`;
  const { leaseUntil, staged } = restore;
  if (leaseUntil === undefined || clock.now() < leaseFrom(leaseUntil, 0).removeBy) return undefined;
  const said = staged?.reason ?? 'its store said nothing';
  return `not removed within 30 days of the end of its lease: ${said}`;
}

async function lacksPin({ catalog }: Dependencies, restore: Restore): Promise<boolean> {
  const pins = await catalog.recoveryPoints.pins(restore.recoveryPointId);
  return !pins.includes(pinOf(restore));
}
