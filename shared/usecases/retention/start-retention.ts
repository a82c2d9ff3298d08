import { toInstant, toMillis } from '../../domain/instant.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Workflows } from '../../ports/workflows.ts';
import { listAll } from '../list-all.ts';

const hourMillis = 3_600_000;

/**
 * Starts the run of this hour, once: its time is its name. Mounts with points that nobody said when to look at (of an earlier version,
 * or rebuilt from the vault) are due from now on.
 */
export async function startRetention({
  catalog,
  workflows,
  clock,
}: {
  readonly catalog: Pick<Catalog, 'mounts'>;
  readonly workflows: Pick<Workflows, 'startRetention'>;
  readonly clock: Clock;
}): Promise<void> {
  const scheduledAt = toInstant(Math.floor(toMillis(clock.now()) / hourMillis) * hourMillis);
  const mounts = await listAll((page) => catalog.mounts.list({}, page));
  for (const mount of mounts) {
    if (mount.dueAt === undefined && mount.seq > 0) await catalog.mounts.noteDue(mount, scheduledAt);
  }
  await workflows.startRetention({ scheduledAt });
}
